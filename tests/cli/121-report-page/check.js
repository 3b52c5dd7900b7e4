// SPDX-License-Identifier: GPL-2.0
// check.js PAGE... - what a user of the page can do, as TAP without a plan.
// With SHOTS=DIR leaves pictures there to look at.
"use strict";
const { chromium } = require("playwright-core");

let nr = 0;
const ok = (good, name) =>
	console.log(`${good ? "ok" : "not ok"} ${++nr} - ${name}`);

const open = async (browser, file, options) => {
	const context = await browser.newContext(
		{ viewport: { width: 1100, height: 800 }, ...options });
	const page = await context.newPage();
	page.wrong = [];
	page.on("console", (m) => page.wrong.push(m.text()));
	page.on("pageerror", (e) => page.wrong.push(e.message));
	page.on("request", (r) => {
		if (r.url() !== `file://${file}`)
			page.wrong.push(r.url());
	});
	await page.goto(`file://${file}`);
	return page;
};

const shot = async (page, name) => {
	if (process.env.SHOTS)
		await page.screenshot({ fullPage: true,
			path: `${process.env.SHOTS}/${name}.png` });
};

// Texts of charts that end outside of their chart.
const cut = (page) => page.$$eval("svg.chart text", (all) => all
	.filter((t) => {
		const box = t.getBBox(), chart = t.ownerSVGElement;
		return box.width && (box.x < 0 || box.x + box.width >
			chart.viewBox.baseVal.width);
	}).map((t) => t.textContent));
const boxes = (page) => page.$$eval("svg.plot",
	(all) => all.map((p) => p.getAttribute("viewBox")));
const ground = (page) => page.evaluate(() =>
	getComputedStyle(document.body).backgroundColor);

const keys = async (page) => {
	const whole = await boxes(page);
	// Button by button to the figure, by Tab alone.
	for (let i = 0; i < 4; i++)
		await page.keyboard.press("Tab");
	ok(await page.$eval("figure", (f) => f === document.activeElement),
		"Tab leads to the curves");
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowRight");
	const at = await page.textContent("#when");
	ok(/^At [0-9.]+ s/.test(at), "an arrow points at a time");
	ok(await page.$$eval(".v", (all) => all.every((v) => v.textContent)) &&
		await page.$$eval(".cross", (all) => all.length > 1 &&
			all.every((c) => c.getAttribute("d"))),
		"and tells values there, in all charts");
	await page.keyboard.press("ArrowRight");
	ok(await page.textContent("#when") !== at, "the next is another");
	await page.keyboard.press("+");
	const near = await boxes(page);
	ok(near.every((b, i) => b !== whole[i]) && new Set(near).size === 1,
		"+ zooms all charts alike");
	await page.keyboard.press("0");
	ok(String(await boxes(page)) === String(whole), "0 shows all again");
	await page.keyboard.press("Escape");
	ok(await page.textContent("#when") === "", "Escape points at nothing");
};

const mouse = async (page) => {
	const whole = await boxes(page);
	const [left, right, y] = await page.$eval(".plot .hit", (r) => {
		const box = r.getBoundingClientRect();
		return [box.left, box.right, (box.top + box.bottom) / 2];
	});
	const at = (part) => left + (right - left) * part;
	await page.mouse.move(at(0.4), y);
	ok(/^At /.test(await page.textContent("#when")), "hovering tells");
	await page.mouse.down();
	await page.mouse.move(at(0.6), y);
	await page.mouse.up();
	const [from, , width] = (await boxes(page))[0].split(" ").map(Number);
	const all = Number(whole[0].split(" ")[2]);
	ok(Math.abs(from / all - 0.4) < 0.01 &&
		Math.abs(width / all - 0.2) < 0.01,
		"dragging zooms to what was drawn over");
	await page.click("#all");
	ok(String(await boxes(page)) === String(whole), "a button shows all");
};

(async () => {
	const browser = await chromium.launch({ args: ["--no-sandbox"],
		executablePath: process.env.BROWSER });
	for (const file of process.argv.slice(2)) {
		const page = await open(browser, file, {});
		await keys(page);
		await mouse(page);
		const texts = await cut(page);
		ok(!texts.length, `no text is cut off ${texts}`);
		await shot(page, `${nr}-light`);
		ok((await page.pdf()).length > 10000, "it prints");
		ok(!page.wrong.length, `nothing goes wrong ${page.wrong}`);
		const dark = await open(browser, file, { colorScheme: "dark" });
		ok(await ground(dark) !== await ground(page), "dark is dark");
		await shot(dark, `${nr}-dark`);
		const small = await open(browser, file,
			{ viewport: { width: 380, height: 700 } });
		ok(await small.evaluate(() => document.documentElement
			.scrollWidth <= innerWidth), "a telephone is wide enough");
		await shot(small, `${nr}-small`);
		const bare = await open(browser, file, { javaScriptEnabled: false });
		ok(await bare.isVisible(".plot .l1") &&
			!await bare.isVisible(".tools"), "without JavaScript too");
	}
	await browser.close();
})();
