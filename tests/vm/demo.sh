#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh - a stock Debian 6.12 guest swaps over NBD under a flood, with
# netswap-top inside (`make demo`).
#
# BATCH=1  print frames and the final JSON, for scripts
# HANG=1   on virtio-net, where a stock kernel hangs: the view goes on
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../build/lab/demo
nic=vmxnet3

if [ "${HANG:-}" ]; then
	nic=virtio
fi
if [ ! "${BATCH:-}" ]; then
	if [ ! -t 0 ]; then
		echo "netswap: make demo draws on a terminal: use BATCH=1" \
			"without one" >&2
		exit 1
	fi
	echo "Downloading a kernel if need be, and booting; 'q' in netswap-top" \
		"ends the guest, Ctrl-A X kills it."
	exec "$here/lab" console "030-view-alive nic=$nic passes=8 hung=60 \
		timeout=600"
fi
"$here/lab" run "030-view-alive nic=$nic interval=2 hung=30 timeout=180" \
	--out "$out" || true
run=$out/runs/001
awk '/^@@END frames/ { exit } on { print }
     /^@@BEGIN frames/ { on = 1 }' "$run/result.txt"
"$here/extract.sh" "$run" netswap.json 2>/dev/null ||
	echo '{"error": "the guest hung: no final state"}'
