#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""backfill.py NETSWAP RECORDING: the recording as Prometheus would have
scraped it, for `promtool tsdb create-blocks-from openmetrics`.

What `netswap show --openmetrics` says of each snapshot, with the snapshot's
time, and the labels that a scrape adds."""
import json
import re
import subprocess
import sys

netswap, recording = sys.argv[1:]
frames = subprocess.run([netswap, 'show', '--replay', recording,
                         '--openmetrics'], check=True, capture_output=True,
                        text=True).stdout.split('# EOF\n')
with open(recording, encoding='utf-8') as lines:
    times = [json.loads(line)['wall_ms'] / 1000 for line in lines]
if len(frames) != len(times) + 1:
    sys.exit(f'{len(frames)} frames of {len(times)} snapshots')
for frame, time in zip(frames, times):
    for line in frame.splitlines():
        name, labels, value = re.fullmatch(
            r'(\w+)(?:\{(.*)\})? (\S+)', line).groups() \
            if line[0] != '#' else (None, None, None)
        if name:
            target = 'job="netswap",instance="lab:9893"'
            print(f'{name}{{{target}{"," + labels if labels else ""}}} '
                  f'{value} {time:.3f}')
print('# EOF')
