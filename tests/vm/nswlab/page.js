// SPDX-License-Identifier: GPL-2.0
// Values at the time that is pointed at, and two buttons.  Without script the
// page shows the same curves and their peaks.
"use strict";

function watch(figure) {
	const xs = figure.dataset.x.split(",").map(Number);
	const ts = figure.dataset.t.split(",");
	const plots = figure.querySelectorAll(".plot");
	const crosses = figure.querySelectorAll(".cross");
	const when = figure.querySelector(".when");
	const keys = Array.from(figure.querySelectorAll(".key [data-v]"), li => ({
		text: li.querySelector("b"), unit: li.dataset.u,
		values: li.dataset.v.split(","),
	}));
	for (const key of keys)
		key.rest = key.text.textContent;

	function at(event) {
		const box = event.currentTarget.getBoundingClientRect();
		const x = 1000 * (event.clientX - box.left) / box.width;
		let best = 0;
		for (let i = 1; i < xs.length; i++)
			if (Math.abs(xs[i] - x) < Math.abs(xs[best] - x))
				best = i;
		for (const key of keys) {
			const value = key.values[best];
			key.text.textContent =
				value ? value + " " + key.unit : "-";
		}
		for (const cross of crosses) {
			cross.style.left = xs[best] / 10 + "%";
			cross.style.display = "block";
		}
		when.textContent = "At " + ts[best] + " s. ";
	}

	function rest() {
		for (const key of keys)
			key.text.textContent = key.rest;
		for (const cross of crosses)
			cross.style.display = "none";
		when.textContent = "";
	}

	for (const plot of plots) {
		plot.addEventListener("pointermove", at);
		plot.addEventListener("pointerleave", rest);
	}
}

document.querySelectorAll("figure.curves").forEach(watch);

for (const button of document.querySelectorAll("button[data-open]")) {
	button.hidden = false;
	button.addEventListener("click", () => {
		const open = button.dataset.open === "1";
		document.querySelectorAll(".cell > details").forEach(
			d => { d.open = open; });
	});
}

// A link from the top leads into a run that may be closed.
function reveal() {
	const run = location.hash && document.getElementById(
		location.hash.slice(1));
	if (run && run.tagName === "DETAILS")
		run.open = true;
}
addEventListener("hashchange", reveal);
reveal();
