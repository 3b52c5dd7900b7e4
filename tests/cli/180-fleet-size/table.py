#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""table.py FLEET.md: hold its table of 10 000 hosts against the numbers that it
says it is calculated from; a line for each cell that is not what they give.
A cell has two digits that count."""
import re
import sys

PREFIX = {'': 1, 'k': 1e3, 'M': 1e6, 'G': 1e9}
with open(sys.argv[1], encoding='utf-8') as doc:
    text = doc.read()


def said(pattern):
    return float(re.search(pattern, text).group(1))


series = said(r'With (\d+) series and one scrape')
per_scrape = said(r'one scrape in (\d+) s')
samples = series / per_scrape
rows = {
    'active series': series,
    'samples per second': samples,
    'memory': series * said(r'memory, ([\d.]+) kB a series') * 1e3,
    'disk per day': samples * 86400 * said(r'day, ([\d.]+) bytes a sample'),
    'scrape traffic': said(r'A scrape is (\d+) kB') * 1e3 / per_scrape,
}
cells = 0
for name, one in rows.items():
    row = re.search(rf'^\| {name}.*', text, re.M).group(0)
    for hosts, cell in zip((1, 1000, 10000), row.split('|')[2:5]):
        number, prefix = re.match(r' ([\d.]+) ?([kMG]?)', cell).groups()
        want = hosts * one
        cells += 1
        if abs(float(number) * PREFIX[prefix] / want - 1) > 0.05:
            print(f'{name}, {hosts} hosts:{cell}is not {want:.3g}')
print(f'{cells} cells')
