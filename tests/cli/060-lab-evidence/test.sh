#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a failed run of the lab leaves, and what is concluded from it.  Catches:
# a known circle that is not recognised in a real run's files, or still is when
# the decisive evidence is gone; a chain with a wrong link; counters of a
# guest's memory and numbers of a capture that are not what they are called;
# damaged files that end in an exception.
set -u
. "$TESTS/lib/tap.sh"
export PYTHONPATH=$TESTS/vm PYTHONDONTWRITEBYTECODE=1
here=$TESTS/cli/060-lab-evidence
runs=$TESTS/data/lab

# copy NAME: the files of a run, which may be changed; prints where
copy() {
	rm -rf "${tmp:?}/run"
	cp -r "$runs/$1" "$tmp/run"
}
# get FILTER: of the diagnosis of $tmp/run
get() {
	python3 -m nswlab.diagnose "$tmp/run" >"$tmp/out" 2>&1 || cat "$tmp/out"
	jq -r "$1" "$tmp/run/diagnosis.json"
}
# without TEXT: the tasks of the console which have TEXT in their stack go
without() {
	awk -v text="$1" '
		function flush() { if (block !~ text) printf "%s", block; block = "" }
		/\] (task:|sysrq: |Showing )/ { flush() }
		{ block = block $0 "\n" }
		END { flush() }' "$runs/$2/console.log" >"$tmp/run/console.log"
}
who='[.chain[] | .who | sub(" \\(pid.*"; "")] | join(" > ")'

# run NAME CIRCLE LINKS...: a real run, and that it is certain
run() {
	local name=$1 circle=$2 links=$3
	copy "$name"
	is "$name: the circle" "$(get '"\(.circle) \(.confidence)"')" \
		"$circle certain"
	is "$name: its links" "$(get "$who")" "$links"
}
nic="receive path of the NIC (NAPI)"
nfs_link="kworker/1:1 refill_work > $nic"

# --- NBD on virtio-net: refill_work behind nbd's lock
run nbd-virtio nic-refill-reclaim \
	"kworker/1:1 refill_work > kworker/1:1H blk_mq_run_work_fn > $nic"
is "closed, and each link certain" \
	"$(get '"\(.chain_closed) \([.chain[].certain] | all)"')" "true true"
is "what each waits for" \
	"$(get '[.chain[] | .waits_for | sub("(, in|, that|:).*"; "")] | join("; ")')" \
	"nbd's lock around sending (tx_lock); room in the send buffer of the swap connection; refill_work to end"
is "pages against watermarks" \
	"$(get '.memory[] | select(.zone == "DMA32") | .free > 0 and .low > .min')" true
is "the capture" \
	"$(get '.capture | "\(.packets) \(.unacked_from_guest_bytes)"')" "24 0"
is "the receive ring" \
	"$(get '[.chain[].evidence[] | select(test("virtio ring: none of its 256"))] | length')" 1
is "both ends of the connection" "$(get '"\(.tcp_guest | length) \(.tcp_host |
	map(select(test("^ESTAB"))) | length)"')" "1 2"
without refill_work nbd-virtio
is "no refill_work, no such circle" "$(get .circle)" kswapd-waits
is "and the chain is open" "$(get '"\(.chain_closed) \(.open_end)"')" \
	"false nothing in the guest is known to stop receiving"
without tcp_sendmsg nbd-virtio
is "no holder of the lock: likely, from the capture" \
	"$(get '"\(.circle) \(.confidence) \(.open_end)"')" \
	"nic-refill-reclaim likely who holds nbd's lock is not in the stacks"
rm "$tmp/run/swap.pcap" "$tmp/run/watch.txt"
is "nor any sign that nothing is received: not claimed" \
	"$(get .circle)" kswapd-waits
copy nbd-virtio
echo "[   40.0] block nbd0: Connection timed out" >>"$tmp/run/console.log"
is "a time-out of nbd is not the cause" "$(get .circle)" nic-refill-reclaim
copy nbd-virtio
rm "$tmp/run/swap.pcap"
is "no capture: likely" "$(get .confidence)" likely
is "and named" "$(get '.missing[] | select(test("capture"))')" \
	"swap.pcap: not there: no capture of the swap connection"
copy nbd-virtio
# A guest which receives, whatever else it looks like
sed -i '/@@BEGIN dev.2/,/@@END/s/\(eth0: *[0-9]*\) *[0-9]*/\1 9999/' \
	"$tmp/run/watch.txt"
is "a guest that receives is in no such circle" "$(get .circle)" kswapd-waits
is "nor said to be deaf" "$(get '[.chain[].evidence[], .evidence[] |
	select(test("did not receive"))] | length')" 0

# --- 6.1: it waits for a bio
run nbd-virtio-6.1 nic-refill-reclaim \
	"kworker/1:1 refill_work > kworker/1:1H blk_mq_run_work_fn > $nic"
is "6.1: what it waits for" "$(get '.chain[0].waits_for')" \
	"a bio, that is, a swap request to end, in direct reclaim"
without refill_work nbd-virtio-6.1
is "6.1: no refill_work, no such circle" "$(get .circle)" kswapd-waits

# --- NFS on virtio-net: the same refill, finding all under writeback
run nfs-virtio nic-refill-reclaim "$nfs_link"
is "nfs-virtio: unbounded writeback as well" \
	"$(get '.also | index("unbounded-fs-writeback") != null')" true
without refill_work nfs-virtio
is "no refill_work: the other cause" "$(get .circle)" unbounded-fs-writeback
sed -i 's/writeback:[0-9]*/writeback:12/' "$tmp/run/console.log"
is "nor many pages under writeback: not claimed" "$(get '.circle' |
	grep -c writeback)" 0

# --- NFS on vmxnet3, which refills its ring without reclaim: the cause alone
run nfs-oom unbounded-fs-writeback ""
sed -i '/page allocation failure/d' "$tmp/run/console.log"
sed -i 's/writeback:[0-9]*/writeback:12/' "$tmp/run/console.log"
is "few pages under writeback: not claimed" "$(get .circle)" \
	oom-while-swap-free

# --- NFS, and receivers of a flood that hold three quarters of the memory
run nfs-flood-held memory-held ""
sed -i 's/managed:161644kB/managed:71644kB/' "$tmp/run/console.log"
is "held by nobody: not claimed" "$(get .circle)" oom-while-swap-free

# --- NBD, no memalloc socket, and others have filled tcp_mem
run nbd-tcp-limit tcp-memory-limit ""
rm "$tmp/run/outside.json"
is "below the limit at the end, nothing known of before: not claimed" \
	"$(get .circle)" null
copy nbd-tcp-limit
rm "$tmp/run/swap.json"
is "nothing that was sent again: not claimed" "$(get .circle)" null

# --- protections off: who sends allocates like anyone else
run nbd-no-reserve no-reserve-for-sender \
	"kworker/0:0H blk_mq_run_work_fn > kswapd0"
is "closed" "$(get .chain_closed)" true
without __sock_xmit nbd-no-reserve
is "no sender that allocates, no such circle" "$(get .circle)" null

# --- a server that was killed
copy nbd-server-gone
is "nbd-server-gone" "$(get '"\(.circle) \(.confidence) \(.open_end)"')" \
	"server-gone certain the connection to the server is gone"
sed -i '/nbd0: \|dev nbd0\|swap-device/d' "$tmp/run/console.log"
rm "$tmp/run/watch.txt"
is "no word of the kernel, no such cause" "$(get .circle)" null

# --- what is missing or damaged
diag() { python3 -m nswlab.diagnose "$@"; }
mkdir "$tmp/empty"
ok "no directory" fails 1 "$tmp/none: no such directory" diag "$tmp/none"
ok "no run" fails 1 "$tmp/empty: no run's directory" diag "$tmp/empty"
ok "no argument" fails 2 "usage:" diag
rm -rf "$tmp/run" && mkdir "$tmp/run" && : >"$tmp/run/console.log"
is "an empty console: unknown" "$(get '"\(.circle) \(.confidence)"')" \
	"null unknown"
is "all that is missing is named" "$(get '.missing | length')" 5
head -c 200000 /dev/urandom >"$tmp/run/console.log"
cp "$tmp/run/console.log" "$tmp/run/watch.txt"
cp "$tmp/run/console.log" "$tmp/run/swap.pcap"
echo '[1]' >"$tmp/run/run.json"
is "random bytes" "$(get .circle)" null
for name in nbd-virtio nfs-virtio nbd-server-gone; do
	ok "noise in $name" python3 "$here/cases.py" noise "$tmp" "$runs/$name"
done

# --- captures and guest memory
mkdir "$tmp/made"
for name in numbers deaf unscaled fragments reconnected passed_over limited cut empty \
	    counters no_counters formats owner rules crawl cuts untaken; do
	ok "$name" python3 "$here/cases.py" $name "$tmp/made"
done
ok "pcap.py: no capture" fails 1 "no capture" python3 -m nswlab.pcap \
	"$tmp/run/console.log" 1
done_testing
