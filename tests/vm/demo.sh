#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh - a stock Debian 6.12 guest swaps over NBD under a flood, with
# netswap-top inside (`make demo`).
#
# BATCH=1  print frames and the final JSON, for scripts
# HANG=1   on virtio-net, where a stock kernel hangs: the view goes on
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$root/build/demo
nic=vmxnet3 passes=8 timeout=600

if [ "${HANG:-}" ]; then
	nic=virtio
fi
args=(--kernel 6.12-cloud --nic "$nic" --mem 256 --cpus 2 --out "$out"
      --scenario "$here/030-view-alive/scenario.sh"
      --bin "$root/build/netswap" --bin "$root/build/netswap-top")

if [ ! "${BATCH:-}" ] && [ ! -t 0 ]; then
	echo "netswap: make demo draws on a terminal: use BATCH=1 without one" >&2
	exit 1
fi
echo "Downloading a kernel if need be, and booting; 'q' in netswap-top ends" \
	"the guest, Ctrl-A X kills it."
if [ "${BATCH:-}" ]; then
	passes=1 timeout=180
	"$here/run.sh" "${args[@]}" --timeout $timeout --append \
		"netswap.passes=$passes netswap.interval=2 netswap.hung_seconds=30"
	awk '/^@@END frames/ { exit } on { print }
	     /^@@BEGIN frames/ { on = 1 }' "$out/result.txt"
	"$here/extract.sh" "$out" netswap.json 2>/dev/null ||
		echo '{"error": "the guest hung: no final state"}'
	exit
fi
"$here/run.sh" "${args[@]}" --timeout $timeout --console --append \
	"netswap.passes=$passes netswap.hung_seconds=60"
