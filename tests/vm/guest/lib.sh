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

# broken REASON...: the lab failed, not what it was to test.
broken() {
	echo "lab: $*" >/dev/console
	report broken_reason "$*"
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

# counter NAME: from /proc/vmstat, or a TcpExt or IpExt of /proc/net/netstat;
# allocstall: of all zones together.
counter() {
	awk -v name="$1" '
		FILENAME == "/proc/vmstat" {
			if ($1 == name) { print $2; exit }
			if (name == "allocstall" && $1 ~ /^allocstall_/) {
				sum += $2
				summed = 1
			}
			next
		}
		summed { exit }
		$2 !~ /^-?[0-9]+$/ { split($0, key); next }
		{
			for (i = 2; i <= NF; i++)
				if (key[i] == name) { print $i; exit }
		}
		END { if (summed) print sum }' /proc/vmstat /proc/net/netstat
}

# watermark free|min|low|high: in pages, of all zones together.
watermark() {
	awk -v name="$1" '
		/^Node/				{ zone = $4 }
		$1 == "pages" && $2 == name	{ sum += $3 }
		$1 == name && NF == 2		{ sum += $2 }
		END				{ print sum + 0 }' /proc/zoneinfo
}

RESERVES=/sys/kernel/debug/mem_reserve

# reserved_connections: that a patched kernel reserves memory for; none on stock.
reserved_connections() {
	[ ! -e $RESERVES ] || awk '$1 == "net" { print $3 }' $RESERVES
}

# pager_start MIB: a program that is paged out and in by `page out`, `page in`.
pager_start() {
	mkfifo /run/page
	: >/run/paged
	pageout "$1" </run/page >/run/paged 2>&1 &
	pager=$!
	exec 3>/run/page
}

paged_more() {
	[ "$(grep -c "^$1$" /run/paged)" -gt "$2" ]
}

# page out|in: false if that is not done within half a minute.
page() {
	local before

	before=$(grep -c "^$1$" /run/paged)
	echo "$1" >&3
	wait_for 30 paged_more "$1" "$before"
}

# page_all_out: also out of the swap cache, where pages stay that are written:
# they are mapped from there, and dropped, as there is nothing new in them.
page_all_out() {
	page out && all_written_back && page in && page out ||
		broken "pageout: $(tail -n 1 /run/paged)"
}

# pager_stop: reports how it ended.
pager_stop() {
	exec 3>&-
	wait $pager
	report pager_status $?
}

TRACING=/sys/kernel/tracing/instances

# trace_start NAME EVENT [FILTER]
trace_start() {
	mkdir "$TRACING/$1"
	[ ! "$3" ] || echo "$3" >"$TRACING/$1/events/$2/filter"
	echo 1 >"$TRACING/$1/events/$2/enable" || broken "no event $2"
}

# trace_count NAME: how often it fired, without reading what it said.
trace_count() {
	cat "$TRACING/$1"/per_cpu/cpu*/stats |
		awk '$1 == "entries:" || $1 == "overrun:" { sum += $2 }
		     END { print sum + 0 }'
}

# bpf_count_start OBJECT: attach its programs, see tests/vm/bpf/bpfcount.c
bpf_count_start() {
	bpfcount "/bin/$1" >/run/bpfcount 2>&1 &
	BPF_COUNT_PID=$!
	wait_for 60 grep -qx ready /run/bpfcount ||
		broken "bpfcount: $(tail -n 1 /run/bpfcount)"
}

# bpf_count_stop NAME...: detach them, and report the first count by the first
# name, and so on.
bpf_count_stop() {
	local nr=0 name

	kill "$BPF_COUNT_PID"
	wait "$BPF_COUNT_PID"
	for name in "$@"; do
		nr=$((nr + 1))
		report "$name" "$(awk -v nr=$nr '/^ready$/ { ready = NR }
			ready && NR == ready + nr' /run/bpfcount)"
	done
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

rx_bytes() {
	cat "/sys/class/net/$INTERFACE/statistics/rx_bytes"
}

flood_arrives() {
	[ "$(rx_bytes)" -gt "$FLOOD_MARK" ]
}

# flood_start [SINK-OPTIONS]: returns when the flood has begun to arrive.
flood_start() {
	[ "$FLOOD_PORT$FLOOD_UDP_PORT" ] ||
		broken "flood=$(parameter flood): the scenario floods: give" \
			"flood=tcp, udp or both"
	watch_start
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
	# 143: by that signal; else it had ended before, and the flood with it.
	report flood_end "$? $(tail -n 1 /run/sink)"
	SINK_PID=
}

# What a run is judged by: BPF's counts are held against these.
COUNTERS="PFMemallocDrop pgscan_direct_throttle allocstall pswpin pswpout
	  oom_kill"

counts_before() {
	local name value

	for name in $COUNTERS; do
		value=$(counter "$name")
		eval "before_$name=$value"
		report "before_$name" "$value"
	done
	report free_pages_before "$(watermark free)"
	report min_pages "$(watermark min)"
}

# counts_after: when all is at rest, so that every number is of one moment.
counts_after() {
	local name value

	all_written_back || broken "swap writes do not end"
	# What reading takes may be in swap: it is not, the second time.
	netswap_read netswap.json
	quiesce
	for name in $COUNTERS; do
		value=$(counter "$name")
		report "after_$name" "$value"
		report "delta_$name" $((value - $(eval "echo \$before_$name")))
	done
	netswap_read netswap.json
	netswap_send netswap.json $?
	report free_pages_after "$(watermark free)"
}

# Some kernels count pswpout when a write begins, and one may take seconds.
nothing_in_writeback() {
	cat /proc/sys/vm/stat_refresh	# folds in what each CPU holds back
	[ "$(counter nr_writeback)" = 0 ]
}

all_written_back() {
	wait_for 60 nothing_in_writeback
}

# netswap is optional: without it this is a test of the kernel alone.
netswap=:
[ ! -x /bin/netswap ] || netswap=netswap
RECORD=/dev/ttyS3

# netswap_start: load, with the fallbacks of the hook types in netswap.without,
# and send a recording while the run lasts: what hangs has no "later".
netswap_start() {
	local status without

	[ "$(parameter netswap)" = 1 ] || netswap=:
	without=$(parameter without)
	$netswap load ${without:+--without "$without"} 2>/run/netswap-load
	status=$?
	[ $status -ne 2 ] || broken "$(head -n 1 /run/netswap-load)"
	if [ $status -ne 0 ] && [ $status -ne 3 ]; then
		report netswap_missing "$(head -n 1 /run/netswap-load)"
		netswap=:
	fi
	# Before the recording, which opens what there is when it begins.
	guard_start
	[ $netswap = : ] && return
	stty -F $RECORD raw -echo
	netswap record -i 1 -o $RECORD 2>/run/netswap-record &
	RECORD_PID=$!
	# What the load pushes out before might not come back while it hangs.
	wait_for 15 recorder_writes || broken "netswap record does not start"
}

# VmLck says what mlockall() is to bring in: it may have that still before it.
# Who has written a line has all that it takes.
recorder_writes() {
	grep -q "^${RECORD#/dev/ttyS}: .* tx:[1-9]" /proc/tty/driver/serial
}

netswap_stop() {
	if [ "$RECORD_PID" ]; then
		kill "$RECORD_PID"
		wait "$RECORD_PID"
		report record_status "$? $(head -n 1 /run/netswap-record)"
	fi
	$netswap unload || broken "netswap unload failed"
}

# netswap_read NAME: all counters, into /run/NAME
netswap_read() {
	$netswap show --json >"/run/$1"
}

# netswap_send NAME STATUS: what netswap_read read, and how it ended
netswap_send() {
	[ $netswap = : ] && return
	report netswap_show_status "$2"
	report_file "$1" "/run/$1"
}

# netswap_report NAME
netswap_report() {
	netswap_read "$1"
	netswap_send "$1" $?
}

# netswap_audit NAME
netswap_audit() {
	[ $netswap = : ] && return
	netswap audit --json >"/run/$1"
	report_file "$1" "/run/$1"
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

# seconds_left: until the host takes the run for TIMED-OUT
seconds_left() {
	echo $(($(parameter timeout) - $(cut -d . -f 1 /proc/uptime)))
}

# watch_start: from before anything takes the memory; what hangs at once could
# not start it any more.
watch_start() {
	[ "$WATCH_PID" ] && return
	: >/run/progress
	rm -f /run/watch-ready
	/lab/watch -d $DEVICE -f /run/progress -t "$(parameter hung)" \
		-T "$(seconds_left)" -r /run/watch-ready &
	WATCH_PID=$!
	wait_for 15 test -e /run/watch-ready || broken "watch does not start"
}

# stress MIB PASSES PROCESSES: sets the verdict.  A load that ends badly, or
# not at all, leaves the evidence that watch collects.
stress() {
	local oom status

	oom=$(counter oom_kill)
	watch_start
	report load_start_seconds "$(cut -d ' ' -f 1 /proc/uptime)"
	report phase load
	memstress -m "$1" -p "$2" -n "$3" -f /run/progress \
		>/run/memstress 2>/run/memstress.err
	status=$?
	kill "$WATCH_PID"
	wait "$WATCH_PID"
	WATCH_PID=		# the next load has one of its own
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
	[ "$VERDICT" = COMPLETED ] || /lab/watch -1 -d $DEVICE
}

# on_console COMMAND...: with the serial console as its controlling terminal.
on_console() {
	setsid -c "$@" </dev/ttyS0 >/dev/ttyS0 2>&1
}
