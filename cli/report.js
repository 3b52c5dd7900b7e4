// SPDX-License-Identifier: GPL-2.0
// Shared zoom and hover of all charts; without it they stand as they are.
"use strict";
(() => {
	const runs = JSON.parse(document.getElementById("data").textContent);
	const figure = document.querySelector("figure");
	const charts = [...document.querySelectorAll("svg.chart")]
		.filter((c) => c.querySelector(".plot"));
	const when = document.getElementById("when");
	if (!charts.length)
		return;
	const end = Number(charts[0].dataset.end);
	const plotOf = (chart) => chart.querySelector(".plot");
	const WIDTH = plotOf(charts[0]).width.baseVal.value;
	const HEIGHT = plotOf(charts[0]).height.baseVal.value;
	const LEFT = plotOf(charts[0]).x.baseVal.value;
	let from = 0, to = end, cursor = null, drag = null;

	const short = (v) => v === null ? "-" : String(Number(v.toPrecision(4)));

	// The last point that is not after a time.
	const point = (run, at) => {
		const t = runs[run].t;
		let i = t.findIndex((x) => x > at);
		i = i < 0 ? t.length - 1 : Math.max(i - 1, 0);
		return i;
	};

	const tell = (chart) => {
		const run = Number(chart.closest("[data-run]").dataset.run);
		const values = runs[run].v[Number(chart.dataset.chart)];
		const i = cursor === null ? -1 : point(run, cursor);
		chart.querySelectorAll(".v").forEach((v, k) => {
			v.textContent = i < 0 ? "" : short(values[k][i]);
		});
		chart.querySelector(".cross").setAttribute("d", i < 0 ? "" :
			`M${runs[run].t[i] / end * WIDTH} 0V${HEIGHT}`);
	};

	// 1, 2 or 5 times a power of ten: at most eight in sight.
	const step = () => {
		const base = 10 ** Math.floor(Math.log10((to - from) / 8));
		return [1, 2, 5, 10].map((n) => n * base)
			.find((n) => n * 8 >= to - from);
	};

	const times = (chart) => {
		const old = [...chart.querySelectorAll(".t")];
		for (let n = Math.ceil(from / step()); n * step() <= to; n++) {
			const label = old[0].cloneNode();
			label.setAttribute("x", LEFT +
				(n * step() - from) / (to - from) * WIDTH);
			label.textContent = short(n * step()) + " s";
			old[0].before(label);
		}
		old.forEach((label) => label.remove());
	};

	const draw = () => {
		for (const chart of charts) {
			plotOf(chart).setAttribute("viewBox",
				`${from / end * WIDTH} 0 ${(to - from) / end *
					WIDTH} ${HEIGHT}`);
			times(chart);
			tell(chart);
		}
		when.textContent = (cursor === null ? "" :
			`At ${short(cursor)} s. `) + (to - from < end ?
			`Shown: ${short(from)} to ${short(to)} s.` : "");
	};

	const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

	const zoom = (factor) => {
		const middle = cursor === null ? (from + to) / 2 : cursor;
		const width = clamp((to - from) * factor, end / 500, end);
		from = clamp(middle - width / 2, 0, end - width);
		to = from + width;
		draw();
	};

	const all = () => {
		from = 0;
		to = end;
		draw();
	};

	// From one snapshot to the next, and into sight.
	const move = (steps) => {
		const t = runs[0].t;
		const i = cursor === null ? (steps > 0 ? 0 : t.length - 1) :
			clamp(point(0, cursor) + steps, 0, t.length - 1);
		cursor = t[i];
		const width = to - from;
		if (cursor < from || cursor > to) {
			from = clamp(cursor - width / 2, 0, end - width);
			to = from + width;
		}
		draw();
	};

	const keys = {
		ArrowRight: () => move(1), ArrowLeft: () => move(-1),
		PageDown: () => move(10), PageUp: () => move(-10),
		Home: () => { cursor = null; move(1); },
		End: () => { cursor = null; move(-1); },
		"+": () => zoom(1 / 2), "=": () => zoom(1 / 2),
		"-": () => zoom(2), "0": all,
		Escape: () => { cursor = null; all(); },
	};
	figure.addEventListener("keydown", (e) => {
		if (!keys[e.key] || e.ctrlKey || e.altKey || e.metaKey)
			return;
		e.preventDefault();
		keys[e.key]();
	});

	const time = (plot, e) => {
		const x = new DOMPoint(e.clientX, e.clientY).matrixTransform(
			plot.parentNode.getScreenCTM().inverse()).x;
		return from + clamp((x - LEFT) / WIDTH, 0, 1) * (to - from);
	};
	for (const chart of charts) {
		const plot = plotOf(chart);
		plot.addEventListener("pointerdown", (e) => {
			drag = time(plot, e);
		});
		plot.addEventListener("pointermove", (e) => {
			cursor = time(plot, e);
			draw();
		});
		plot.addEventListener("pointerup", (e) => {
			const at = time(plot, e);
			if (drag !== null && Math.abs(at - drag) >
			    (to - from) / 50) {
				from = Math.min(at, drag);
				to = Math.max(at, drag);
			}
			drag = null;
			draw();
		});
		plot.addEventListener("dblclick", all);
	}
	document.getElementById("in").onclick = () => zoom(1 / 2);
	document.getElementById("out").onclick = () => zoom(2);
	document.getElementById("all").onclick = all;
	document.querySelector(".tools").hidden = false;
	draw();
})();
