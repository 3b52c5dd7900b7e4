// SPDX-License-Identifier: GPL-2.0
// check.js PAGE... - what a user of the page can do, as TAP without a plan.
// With SHOTS=DIR leaves pictures there to look at.
"use strict";
const { chromium } = require("playwright-core");
const run = require("child_process").execFileSync;

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
// Cells whose words are cut into letters because their column has no room.
const squeezed = (page) => page.$$eval("td", (all) => all
	.filter((td) => td.textContent.length > 12 &&
		td.getBoundingClientRect().width < 80)
	.map((td) => td.textContent));
const boxes = (page) => page.$$eval("svg.plot",
	(all) => all.map((p) => p.getAttribute("viewBox")));
const ground = (page) => page.evaluate(() =>
	getComputedStyle(document.body).backgroundColor);

// On paper: A4, from a browser that is dark, with grounds drawn.
const print = async (page, file) => {
	const pdf = `${file}.pdf`;
	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	const bare = (text) => text.replace(/\s+/g, "");
	const of = (what) => page.$$eval(what, (all) => all
		.map((e) => e.textContent));
	const heads = (await of("h1, h2, h3")).map(bare);
	const texts = await of("h1, h2, h3, .verdict, li, td, th, p, .chart .h");
	await page.pdf({ path: pdf, format: "A4", printBackground: true });
	if (process.env.SHOTS)
		run("pdftoppm", ["-r", "60", "-png", pdf,
			`${process.env.SHOTS}/${nr}-print`]);
	const pages = run("pdftotext", ["-raw", pdf, "-"]).toString()
		.split("\f").filter((p) => p.trim());
	const all = bare(pages.join(""));
	const lost = texts.filter((t) => !all.includes(bare(t)));
	ok(texts.length > 50 && !lost.length, `all is printed: but ${lost}`);
	const lone = pages.filter((p) => heads.includes(
		bare(p.trim().split("\n").pop())));
	ok(pages.length > 1 && !lone.length,
		`no heading is left at a page's end ${lone}`);
	// In points: A4 is 595 wide, a margin of 12 mm is 34.
	const words = [...run("pdftotext", ["-bbox", pdf, "-"]).toString()
		.matchAll(/<word xMin="([0-9.]+)" .*xMax="([0-9.]+)"/g)];
	const out = words.filter((w) => w[1] < 33 || w[2] > 563);
	ok(words.length > 200 && !out.length, `no text is in the margins ${out}`);
	// One picture of bytes: a head of three lines, then red, green, blue.
	const dots = run("pdftoppm", ["-r", "20", pdf],
		{ maxBuffer: 1 << 26 }).subarray(15);
	const light = dots.filter((dot) => dot > 200).length;
	ok(light > dots.length * 0.9, "dark on light");
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
};

// What stands beside each curve, and where the cross is: the data's at that time.
const told = async (page, at) => page.evaluate((time) => {
	const runs = JSON.parse(document.getElementById("data").textContent);
	const wrong = [];
	for (const chart of document.querySelectorAll("svg.chart")) {
		const plot = chart.querySelector(".plot");
		if (!plot)
			continue;
		const run = runs[chart.closest("[data-run]").dataset.run];
		const i = Math.max(run.t.findLastIndex((t) => t <= time), 0);
		const want = run.v[chart.dataset.chart].map((v) =>
			v[i] === null ? "-" : String(Number(v[i].toPrecision(4))));
		const got = [...chart.querySelectorAll(".v")]
			.map((v) => v.textContent);
		const x = Number(/^M([0-9.]+) /.exec(
			chart.querySelector(".cross").getAttribute("d"))[1]);
		if (String(got) !== String(want) || Math.abs(x - run.t[i] /
				chart.dataset.end * plot.width.baseVal.value) > 0.1)
			wrong.push(`${got} at ${x}, not ${want}`);
	}
	return wrong;
}, at);
const atNow = async (page) =>
	Number(/^At ([0-9.]+) s/.exec(await page.textContent("#when"))[1]);

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
	// Whole digits of a time may be before the snapshot that they are of.
	const wrong = await told(page, await atNow(page) * 1.0005);
	ok(!wrong.length, `which are those of the run ${wrong}`);
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
	const all_s = Number(await page.getAttribute("svg.chart", "data-end"));
	const time = await atNow(page);
	ok(Math.abs(time / all_s - 0.4) < 0.01, "hovering tells the time there");
	const wrong = await told(page, time);
	ok(!wrong.length, `and the values of the run ${wrong}`);
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
		await print(page, file);
		ok(!page.wrong.length, `nothing goes wrong ${page.wrong}`);
		const dark = await open(browser, file, { colorScheme: "dark" });
		ok(await ground(dark) !== await ground(page), "dark is dark");
		await shot(dark, `${nr}-dark`);
		const small = await open(browser, file,
			{ viewport: { width: 380, height: 700 } });
		ok(await small.evaluate(() => document.documentElement
			.scrollWidth <= innerWidth), "a telephone is wide enough");
		const thin = [await squeezed(page), await squeezed(small)];
		ok(!thin.flat().length, `no column is squeezed ${thin}`);
		await shot(small, `${nr}-small`);
		const bare = await open(browser, file, { javaScriptEnabled: false });
		ok(await bare.isVisible(".plot .l1") &&
			!await bare.isVisible(".tools"), "without JavaScript too");
	}
	await browser.close();
})();
