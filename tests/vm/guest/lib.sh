#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# lib.sh: what scenarios are written in
#
# Sourced by the guest's init.  Everything for the host goes to the second
# serial port: KEY=VALUE lines, whole files between @@BEGIN and @@END, and as
# its last line the verdict.

RESULT=/dev/ttyS1
DEVICE=nbd0
VERDICT=

# report KEY VALUE
report() {
	echo "$1=$2" >"$RESULT"
}

# report_file NAME PATH
report_file() {
	{
		echo "@@BEGIN $1"
		cat "$2"
		# The end marker needs a line of its own.
		[ -z "$(tail -c 1 "$2")" ] || echo
		echo "@@END $1"
	} >"$RESULT"
}

# verdict WORD: the first bad one stays.
verdict() {
	case $VERDICT in
	''|COMPLETED)	VERDICT=$1 ;;
	esac
}

# broken REASON: the lab failed, not what it was to test.
broken() {
	echo "lab: $1" >/dev/console
	report broken_reason "$1"
	verdict BROKEN
	finish
}

# finish: write the verdict and power off; does not return.
finish() {
	dmesg >/run/dmesg
	report kernel_warnings "$(grep -cE 'WARNING:|BUG:' /run/dmesg)"
	if grep -qE 'BUG:|Oops|general protection' /run/dmesg; then
		report_file dmesg /run/dmesg
		verdict CRASHED
	fi
	report guest_seconds "$(cut -d ' ' -f 1 /proc/uptime)"
	report verdict "${VERDICT:-BROKEN}"
	# Wait for the serial port to have sent it.
	stty -F "$RESULT" raw -echo
	poweroff -f
	sleep 60
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local tries=$(($1 * 10))

	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		usleep 100000
	done
}

# counter NAME: from /proc/vmstat, or a TcpExt or IpExt of /proc/net/netstat.
counter() {
	awk -v name="$1" '
		FILENAME == "/proc/vmstat" {
			if ($1 == name) { print $2; exit }
			next
		}
		$2 !~ /^-?[0-9]+$/ { split($0, key); next }
		{
			for (i = 2; i <= NF; i++)
				if (key[i] == name) { print $i; exit }
		}' /proc/vmstat /proc/net/netstat
}

# watermark free|min|low|high: in pages, of all zones together.
watermark() {
	awk -v name="$1" '
		/^Node/				{ zone = $4 }
		$1 == "pages" && $2 == name	{ sum += $3 }
		$1 == name && NF == 2		{ sum += $2 }
		END				{ print sum + 0 }' /proc/zoneinfo
}

network_interface() {
	local dir

	for dir in /sys/class/net/*; do
		[ -e "$dir/device" ] && basename "$dir"
	done | head -n 1
}

has_carrier() {
	[ "$(cat "/sys/class/net/$INTERFACE/carrier" 2>/dev/null)" = 1 ]
}

network_up() {
	INTERFACE=$(network_interface)
	[ "$INTERFACE" ] || broken "no network interface"
	ip link set lo up
	ip link set "$INTERFACE" up
	ip addr add 10.0.2.15/24 dev "$INTERFACE"
	# Without it the first connection fails with "no route to host".
	wait_for 15 has_carrier || broken "no carrier on $INTERFACE"
	ip route add default via 10.0.2.2
}

device_has_size() {
	[ "$(cat /sys/block/$DEVICE/size)" -gt 0 ]
}

device_has_no_size() {
	[ "$(cat /sys/block/$DEVICE/size)" -eq 0 ]
}

swap_on_nbd() {
	nbd-client -N swap 10.0.2.2 "$NBD_PORT" /dev/$DEVICE -b 4096 -swap \
		>/run/nbd-client 2>&1 ||
		broken "nbd-client: $(tail -n 1 /run/nbd-client)"
	wait_for 10 device_has_size || broken "$DEVICE stays without a size"
	mkswap /dev/$DEVICE >/dev/null || broken "mkswap failed"
	swapon /dev/$DEVICE || broken "swapon failed"
}

swap_off_nbd() {
	swapoff /dev/$DEVICE || broken "swapoff failed"
	nbd-client -d /dev/$DEVICE >/run/nbd-client 2>&1 ||
		broken "nbd-client -d: $(tail -n 1 /run/nbd-client)"
	wait_for 10 device_has_no_size || broken "$DEVICE stays connected"
}

# swap_on_nfs [VERSION]: on the file which run.sh's server exports.  Not 4.2: a
# 6.12 guest's swapon fails with EIO there.
swap_on_nfs() {
	NFS_PORT=$(parameter nfs_port)
	[ "$NFS_PORT" ] || broken "the scenario lacks 'needs: nfs' in its head"
	report nfs_port "$NFS_PORT"
	mkdir -p /mnt
	mount -t nfs4 -o "vers=${1:-4.1},proto=tcp,port=$NFS_PORT,addr=10.0.2.2,clientaddr=10.0.2.15,sec=sys,hard" \
		10.0.2.2:/swap /mnt >/run/mount 2>&1 ||
		broken "mount: $(tail -n 1 /run/mount)"
	swapon /mnt/file 2>/run/swapon ||
		broken "swapon: $(tail -n 1 /run/swapon)"
	# What watch reads of a block device, and NFS has nothing like it: an
	# empty file leaves it the progress of memstress to judge by.
	DEVICE=../../run/nfs-swap
	mkdir -p /run/nfs-swap
	: >/run/nfs-swap/stat
}

swap_off_nfs() {
	swapoff /mnt/file || broken "swapoff failed"
	umount /mnt || broken "umount failed"
}

rx_bytes() {
	cat "/sys/class/net/$INTERFACE/statistics/rx_bytes"
}

flood_arrives() {
	[ "$(rx_bytes)" -gt "$FLOOD_MARK" ]
}

# flood_start [SINK-OPTIONS]: returns when the flood has begun to arrive.
flood_start() {
	[ "$FLOOD_PORT$FLOOD_UDP_PORT" ] ||
		broken "the scenario lacks 'needs: flood' in its head"
	FLOOD_MARK=$(($(rx_bytes) + (4 << 20)))
	sink ${FLOOD_PORT:+-p "$FLOOD_PORT"} \
		${FLOOD_UDP_PORT:+-u "$FLOOD_UDP_PORT" -U 16} \
		"$@" >/run/sink 2>&1 &
	SINK_PID=$!
	wait_for 15 flood_arrives ||
		broken "no flood: $(tail -n 1 /run/sink)"
}

flood_stop() {
	[ "$SINK_PID" ] || return 0
	kill "$SINK_PID" 2>/dev/null
	wait "$SINK_PID"
	SINK_PID=
}

counters_rest() {
	local before="$QUIET_SEEN"

	usleep 400000
	QUIET_SEEN=$(for name in PFMemallocDrop pgscan_direct_throttle \
			pswpin pswpout allocstall_normal allocstall_dma32; do
		counter "$name"
	done)
	[ "$before" = "$QUIET_SEEN" ]
}

# quiesce: until the counters which a scenario compares no longer move.
quiesce() {
	QUIET_SEEN=
	wait_for 15 counters_rest || broken "the counters do not come to rest"
}

# stress MIB PASSES PROCESSES: sets the verdict.
stress() {
	local oom status watch_pid

	oom=$(counter oom_kill)
	: >/run/progress
	/lab/watch -d $DEVICE -f /run/progress -t "${HUNG_SECONDS:-20}" &
	watch_pid=$!
	memstress -m "$1" -p "$2" -n "$3" -f /run/progress \
		>/run/memstress 2>/run/memstress.err
	status=$?
	kill $watch_pid
	wait $watch_pid
	oom=$(($(counter oom_kill) - oom))

	tr ' ' '\n' </run/memstress | while IFS='=' read -r key value; do
		report "stress_$key" "$value"
	done
	report stress_oom_kills $oom
	if [ $status -eq 1 ]; then
		verdict CORRUPT
	elif [ $oom -gt 0 ]; then
		verdict OOM-KILLED
	elif [ $status -eq 3 ]; then
		verdict CRASHED
	elif [ $status -ne 0 ]; then
		report broken_reason "memstress: $(head -n 1 /run/memstress.err)"
		verdict BROKEN
	else
		verdict COMPLETED
	fi
}

# on_console COMMAND...: with the serial console as its controlling terminal.
on_console() {
	setsid -c "$@" </dev/ttyS0 >/dev/ttyS0 2>&1
}
