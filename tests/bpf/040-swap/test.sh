#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Block swap on this machine's own kernel, without putting it under pressure:
# a process asks for its own 32 MiB to be paged out (MADV_PAGEOUT) to a small
# swap file, and reads them back.  Bytes must equal pswpout and pswpin.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/bpf.sh"
need_bpf
[ "$(wc -l </proc/swaps)" = 1 ] || skip_all "this machine has swap of its own"
swap=$BUILD/tests/swapfile
tap_cleanup() {
	swapoff "$swap" 2>/dev/null
	rm -f "$swap"
	"$NETSWAP" unload >/dev/null
}
dd if=/dev/zero of="$swap" bs=1M count=64 status=none && chmod 600 "$swap" &&
	mkswap "$swap" >/dev/null || skip_all "cannot make a swap file"
swapon "$swap" 2>"$tmp/err" || skip_all "swapon: $(tail -n 1 "$tmp/err")"

cat >"$tmp/pageout.py" <<'END'
import mmap, os, time
PAGEOUT, NOHUGEPAGE, SIZE = 21, 15, 32 << 20
m = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
m.madvise(NOHUGEPAGE)
want = os.urandom(SIZE // 4096)
for i, byte in enumerate(want):
    m[i * 4096] = byte
def read():
    return bytes(m[i * 4096] for i in range(len(want)))
# The first time pages are written, and stay in the swap cache; read again
# they are clean, so the second time they are dropped.
m.madvise(PAGEOUT)
time.sleep(1)
assert read() == want
m.madvise(PAGEOUT)
assert read() == want
END

vm() { awk -v k="$1" '$1 == k {print $2}' /proc/vmstat; }
"$NETSWAP" load >/dev/null 2>&1
out=$(vm pswpout) in=$(vm pswpin)
ok "pages went out and came back" python3 "$tmp/pageout.py"
out=$(($(vm pswpout) - out)) in=$(($(vm pswpin) - in))
"$NETSWAP" show --json >"$tmp/s" 2>/dev/null
counter() { jq ".counters.$1" "$tmp/s"; }
ok "swap was written ($out pages)" [ $out -gt 1000 ]
ok "swap was read ($in pages)" [ $in -gt 1000 ]
# A disk of this machine: the local class, unless it leads over a network.
is "bytes out" "$(($(counter swap_bytes_local_out) +
	$(counter swap_bytes_net_out)))" $((out * 4096))
is "bytes in" "$(($(counter swap_bytes_local_in) +
	$(counter swap_bytes_net_in)))" $((in * 4096))
is "every request has its latency" "$(jq '.histograms |
	.swap_latency_ns_local_out.count + .swap_latency_ns_net_out.count' \
	"$tmp/s")" "$(($(counter swap_requests_local_out) +
	$(counter swap_requests_net_out)))"
is "no request was lost" "$(counter lost_io)" 0
done_testing
