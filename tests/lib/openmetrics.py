#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check a file against the rules of OpenMetrics 1.0 that our output uses.

Families are contiguous and declared once, TYPE before samples; counters end
in _total; a unit is the suffix of its family; histogram buckets are in
order, cumulative, end in +Inf and agree with _count; no sample twice; # EOF
is the last line.
"""
import re
import sys

SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{([^}]*)\})? (\S+)$')
SUFFIX = {'counter': ('_total',), 'gauge': ('',),
          'histogram': ('_bucket', '_sum', '_count')}


def fail(n, why):
    sys.exit(f'line {n}: {why}')


def check(lines):
    if not lines or lines[-1] != '# EOF':
        fail(len(lines), 'does not end in # EOF')
    seen, family, kind, samples, hist = set(), None, None, set(), {}
    for n, line in enumerate(lines[:-1], 1):
        if line.startswith('# '):
            _, what, name, text = line.split(' ', 3)
            if what == 'TYPE':
                if name in seen:
                    fail(n, f'family {name} twice')
                seen.add(name)
                family, kind = name, text
            elif name != family:
                fail(n, f'{what} of {name} inside {family}')
            elif what == 'UNIT' and not name.endswith('_' + text):
                fail(n, f'{name} does not end in its unit {text}')
            continue
        m = SAMPLE.match(line)
        if not m:
            fail(n, f'not a sample: {line}')
        name, labels, value = m.group(1), m.group(2) or '', float(m.group(3))
        if name not in [family + s for s in SUFFIX[kind]]:
            fail(n, f'{name} is not of {kind} {family}')
        if (name, labels) in samples:
            fail(n, f'sample twice: {line}')
        samples.add((name, labels))
        if kind == 'histogram':
            rest = re.sub(r',?le="[^"]*"', '', labels)
            le = re.search(r'le="([^"]*)"', labels)
            h = hist.setdefault((family, rest), [])
            if name.endswith('_bucket'):
                edge = float(le.group(1))
                if h and (edge <= h[-1][0] or value < h[-1][1]):
                    fail(n, 'buckets out of order')
                h.append((edge, value))
            elif name.endswith('_count') and \
                    (h[-1][0] != float('inf') or h[-1][1] != value):
                fail(n, '_count is not the +Inf bucket')
    if not samples:
        fail(0, 'no samples')


check(open(sys.argv[1], encoding='utf-8').read().splitlines())
