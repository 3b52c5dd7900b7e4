#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Block swap on this machine's own kernel, without putting it under pressure:
# a process asks for its own 8 MiB to be paged out (MADV_PAGEOUT) to a small
# swap file, and reads them back.  Bytes must equal pswpout and pswpin.
#
# Some patched kernels run no tracing program while certain tasks have the CPU,
# not even in interrupts there: what completes then is seen by nobody's programs
# and is no program miss.  So fewer bytes are measured again; more bytes than
# there were are wrong at once.
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
swapoff "$swap"

cat >"$tmp/pageout.py" <<'END'
import mmap, os, time
PAGEOUT, NOHUGEPAGE, SIZE = 21, 15, 8 << 20
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
counter() { jq ".counters.$1" "$tmp/s"; }
# A disk of this machine: the local class, unless it leads over a network.
bytes() {
	echo $(($(counter "swap_bytes_local_$1") +
		$(counter "swap_bytes_net_$1")))
}

for try in 1 2 3 4 5 6; do
	swapon "$swap"
	out=$(vm pswpout) in=$(vm pswpin)
	"$NETSWAP" load >/dev/null 2>&1
	python3 "$tmp/pageout.py" && came_back=yes || came_back=no
	"$NETSWAP" show --json >"$tmp/s" 2>/dev/null
	out=$(($(vm pswpout) - out)) in=$(($(vm pswpin) - in))
	# It waits for writes that are under way.
	swapoff "$swap"
	"$NETSWAP" unload >/dev/null
	more=$(($(bytes out) > out * 4096 || $(bytes in) > in * 4096))
	[ $came_back = no ] || [ $more = 1 ] && break
	[ "$(bytes out) $(bytes in)" = "$((out * 4096)) $((in * 4096))" ] &&
		[ $out -gt 1000 ] && [ $in -gt 1000 ] && break
	echo "# try $try: $(bytes out) of $((out * 4096)) bytes out," \
		"$(bytes in) of $((in * 4096)) in, lost $(counter lost_io)"
done
ok "pages went out and came back" [ $came_back = yes ]
ok "swap was written ($out pages)" [ $out -gt 1000 ]
ok "swap was read ($in pages)" [ $in -gt 1000 ]
is "bytes out" "$(bytes out)" $((out * 4096))
is "bytes in" "$(bytes in)" $((in * 4096))
is "every request has its latency" "$(jq '.histograms |
	.swap_latency_ns_local_out.count + .swap_latency_ns_net_out.count' \
	"$tmp/s")" "$(($(counter swap_requests_local_out) +
	$(counter swap_requests_net_out)))"
is "no request was lost" "$(counter lost_io)" 0
done_testing
