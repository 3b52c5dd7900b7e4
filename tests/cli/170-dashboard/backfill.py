#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""backfill.py NETSWAP RECORDING...: recordings as Prometheus would have
scraped them, for `promtool tsdb create-blocks-from openmetrics`.

What `netswap show --openmetrics` says of each snapshot, with the snapshot's
time, and the labels that a scrape adds: each recording is a host of its own,
called as its file.  All end when the first one does."""
import json
import pathlib
import re
import subprocess
import sys



def scraped(netswap, recording, end):
    """Prints one; returns when it ended."""
    frames = subprocess.run([netswap, 'show', '--replay', recording,
                             '--openmetrics'], check=True, capture_output=True,
                            text=True).stdout.split('# EOF\n')
    with open(recording, encoding='utf-8') as lines:
        times = [json.loads(line)['wall_ms'] / 1000 for line in lines]
    if len(frames) != len(times) + 1:
        sys.exit(f'{len(frames)} frames of {len(times)} snapshots')
    later = end - times[-1] if end else 0
    target = f'job="netswap",instance="{pathlib.Path(recording).stem}:9893"'
    for frame, time in zip(frames, times):
        for line in frame.splitlines():
            name, labels, value = re.fullmatch(
                r'(\w+)(?:\{(.*)\})? (\S+)', line).groups() \
                if line[0] != '#' else (None, None, None)
            if name:
                print(f'{name}{{{target}{"," + labels if labels else ""}}} '
                      f'{value} {time + later:.3f}')
    return times[-1] + later


last = None
for path in sys.argv[2:]:
    last = scraped(sys.argv[1], path, last)
print('# EOF')
