#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""lines.py PAGE: are the lines that are drawn those of the page's data, by the
numbers at their axes?  A line for each that is not, and how many there were."""
import json
import re
import sys

with open(sys.argv[1], encoding='utf-8') as file:
    page = file.read()
data = json.loads(re.search(r'id="data">(.*?)</script>', page).group(1))
lines = 0


def straight(marks):
    """Value to place, by the first and the last of (place, value)."""
    (p, v), (q, w) = marks[0], marks[-1]
    return lambda x: p + (x - v) * (q - p) / (w - v)


for run, chart, svg in re.findall(
        r'<div data-run="(\d+)"><svg class="chart"[^>]* data-chart="(\d+)">'
        r'(.*?)</svg>\n?</div>', page, re.S):
    left, top = map(int, re.search(
        r'class="plot" x="(\d+)" y="(\d+)"', svg).groups())
    texts = {kind: [(float(x), float(y), float(n)) for x, y, n in re.findall(
        rf'class="{kind}" x="([\d.]+)" y="([\d.]+)">([-\d.e+]+)', svg)]
        for kind in 'nt'}
    y_of = straight([(y - 4 - top, n) for _, y, n in texts['n']])
    x_of = straight([(x - left, n) for x, _, n in texts['t']])
    run = data[int(run)]
    for nth, values in enumerate(run['v'][int(chart)], 1):
        lines += 1
        want = [(x_of(t), min(max(y_of(v), 0), 110))
                for t, v in zip(run['t'], values) if v is not None]
        path = re.search(rf'class="l{nth}" d="(M[^"]* [^"]*[ML][^"]*|[^"]*)"/>',
                         svg[svg.index('class="plot"'):]).group(1)
        got = [(float(x), float(y)) for x, y in re.findall(
            r'[ML]([-\d.]+) ([-\d.]+)', path)]
        if len(got) != len(want) or any(
                abs(a - c) > 0.5 or abs(b - d) > 0.5
                for (a, b), (c, d) in zip(got, want)):
            print(f'chart {chart}, curve {nth}: {got} is not {want}')
print(f'{lines} lines')
