#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: swapon reserves memory for what it needs, and swapoff gives it back
# pressure: none
# param swap=nfs41
# param reserves=0	1: the kernel has mm/mem_reserve.c, see kernel-patches/
#
# A stock kernel reserves nothing: its min watermark is what min_free_kbytes
# says.  A patched one adds what the connections and the writes in flight take,
# once for all areas of a server, beside a min_free_kbytes that others change
# meanwhile, and takes just that away.  What is no number changes nothing.

MIN_FREE=/proc/sys/vm/min_free_kbytes
before=$(cat $MIN_FREE)

write_min_free() {
	while :; do
		echo $((before + $1)) >$MIN_FREE
	done
}

[ ! -e $RESERVES ] || trace_start resized mem_reserve/mem_reserve_resize
report min_before "$(watermark min)"
swap_on
report min_on "$(watermark min)"
if [ -e $RESERVES ]; then
	report resized "$(trace_count resized)"
	dd if=/dev/zero of=/mnt/more bs=1M count=8 2>/dev/null &&
		mkswap /mnt/more >/dev/null && swapon /mnt/more ||
		broken "no more swap"
	swapoff /mnt/more || broken "swapoff failed"
	rm /mnt/more
	report resized_for_more "$(trace_count resized)"
fi
echo $((before + 400)) >$MIN_FREE
report min_on_more "$(watermark min)"
[ ! -e $RESERVES ] || report_file mem_reserve $RESERVES
swap_off
report min_off_more "$(watermark min)"
echo "$before" >$MIN_FREE
report min_after "$(watermark min)"

! echo 12junk >$MIN_FREE || report junk_taken 1
! echo -1 >$MIN_FREE || report junk_taken 1
report min_after_junk "$(watermark min)"

write_min_free 400 &
one=$!
write_min_free 800 &
other=$!
for _ in 1 2 3 4 5; do
	swap_on
	swap_off
done
swap_on
kill $one $other
wait $one $other
left=$(cat $MIN_FREE)
report left_pages $(((left - before) / 4))
swap_off
report min_after_race "$(watermark min)"
[ "$(cat $MIN_FREE)" = "$left" ] || report areas_changed_it 1
echo "$before" >$MIN_FREE
report min_at_end "$(watermark min)"
verdict COMPLETED
