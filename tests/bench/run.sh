#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh - what watching costs: netswap, and what else could do a part of it.
#
# Prints tables and writes build/bench/results.json.  Removes its programs
# and restores kernel.bpf_stats_enabled however it ends; if netswap was
# loaded before, it is loaded again, with counters from 0.
#
# Everything is measured in one run on one machine, and compared only within
# it: numbers of two machines, or two days, say little about each other.
# QUICK=1 tries everything in a minute, too short for numbers to believe, and
# writes quick.json instead.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

B=build
OUT=$B/bench
RESULTS=$OUT/results.json
NETSWAP=$PWD/$B/netswap
STATS=/proc/sys/kernel/bpf_stats_enabled
PINS=/sys/fs/bpf/netswap-bench	# programs borrowed from others
PEER_STARTS=3			# of each peer
STARTS=15			# of netswap-top
WATCHED=15			# seconds that netswap-top's CPU time is summed
UDP=20000			# packets of the network load
READS=5000			# of the disk
FAULTS=$((3 * 252 * 512))	# load_faults: pagefault.c, STEP_CYCLES
ROUNDS=(-e 10 -g 22)		# epochs, and rounds in each: see pagefault.c
if [ -n "${QUICK:-}" ]; then
	WATCHED=2 PEER_STARTS=1 ROUNDS=(-e 1 -g 10)
	RESULTS=$OUT/quick.json
fi
export TERM=${TERM:-linux} LC_ALL=C.UTF-8
# A pty of make or cron may say "dumb", which curses refuses.
[ "$TERM" != dumb ] || TERM=linux

die() {
	echo "bench: $*" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || die "needs root: it loads BPF programs"
[ -r /sys/kernel/btf/vmlinux ] ||
	die "this kernel has no BTF: needs CONFIG_DEBUG_INFO_BTF"
for tool in jq bpftool unshare; do
	command -v $tool >/dev/null || die "needs $tool"
done
[ -x "$NETSWAP" ] || die "$NETSWAP is missing: run 'make'"
# Peers need tracefs.  In a mount namespace of our own, nothing stays behind.
if [ -z "${NSW_BENCH_NS:-}" ]; then
	NSW_BENCH_NS=1 exec unshare -m "$0" "$@"
fi
if [ ! -e /sys/kernel/tracing/events ]; then
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
fi
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf ||
	die "cannot mount bpffs on /sys/fs/bpf"

tmp=$(mktemp -d)
stats_before=$(<$STATS)
loaded_before=
[ ! -e /sys/fs/bpf/netswap ] || loaded_before=1
pagefault_pid='' hold_pid=''

# shellcheck disable=SC2317,SC2329
cleanup() {
	trap '' INT TERM HUP
	# hold passes on the end of its stdin, so what it started ends too.
	exec 3>&- 4<&- 5>&- 6<&-
	[ -z "$hold_pid" ] || wait "$hold_pid"
	[ -z "$pagefault_pid" ] || kill "$pagefault_pid" 2>/dev/null
	"$NETSWAP" unload >/dev/null 2>&1
	echo "$stats_before" >$STATS
	[ -z "$loaded_before" ] || "$NETSWAP" load >/dev/null 2>&1
	rm -rf "$tmp" $OUT/disk $PINS
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# hold has closed its end when what it was to start did not.
trap '' PIPE

# --- helpers ----------------------------------------------------------------

# Three is "degraded": some hooks do not exist here, which is fine.
load() {
	"$NETSWAP" load >/dev/null 2>"$tmp/err" || [ $? = 3 ] ||
		die "netswap load: $(tail -n 1 "$tmp/err")"
}

unload() {
	[ ! -e /sys/fs/bpf/netswap ] || "$NETSWAP" unload >/dev/null ||
		die "netswap unload failed"
}

build() {
	make -s $OUT/pagefault $OUT/hold $OUT/snapshot || die "cannot build"
}

# Measure page faults in the machine's present state: $fault, $free.
step() {
	echo >&3
	read -r fault free <&4 || die "pagefault ended"
}

start_steps() {
	mkfifo "$tmp/in" "$tmp/out"
	$OUT/pagefault -s <"$tmp/in" >"$tmp/out" &
	pagefault_pid=$!
	exec 3>"$tmp/in" 4<"$tmp/out"
	step		# warm up
}

# hold_start MARKER COMMAND...: until hold_end; $gone says why it failed.
hold_start() {
	local word
	rm -f "$tmp/hin" "$tmp/hout"
	mkfifo "$tmp/hin" "$tmp/hout"
	$OUT/hold "$@" <"$tmp/hin" >"$tmp/hout" 3>&- 4<&- &
	hold_pid=$!
	exec 5>"$tmp/hin" 6<"$tmp/hout"
	read -r word gone <&6
	[ "$word" = ready ] && return
	hold_end
	return 1
}

# The JSON that hold prints goes to $held.
hold_end() {
	echo >&5
	held=
	read -r held <&6
	exec 5>&- 6<&-
	wait "$hold_pid"
	hold_pid=
}

# Median of the numbers on stdin.
median() {
	jq -s 'sort | if length % 2 == 1 then .[length / 2 | floor] else
		(.[length / 2 - 1] + .[length / 2]) / 2 end'
}

load_faults() {
	local i
	for i in 1 2 3; do step; done
}

# To a port nobody listens on: each is received, and dropped.
load_net() {
	local i
	for ((i = 0; i < UDP; i++)); do
		echo >/dev/udp/127.0.0.1/9
	done 2>/dev/null
}

load_disk() {
	[ -e $OUT/disk ] ||
		dd if=/dev/zero of=$OUT/disk bs=1M count=20 2>/dev/null
	dd if=$OUT/disk of=/dev/null iflag=direct bs=4k count=$READS 2>/dev/null
}

prog_ids() {
	bpftool -j prog show | jq -c '[.[].id]'
}

# Programs that came after ids $1, but not the timer that says "ready".
new_programs() {
	bpftool -j prog show | jq -c --argjson old "$1" '
		[.[] | select(.id as $i | $old | index($i) | not) |
		 select(.type != "perf_event") |
		 { id, name, type, runs: (.run_cnt // 0),
		   run_time_ns: (.run_time_ns // 0),
		   ns_per_run: (if (.run_cnt // 0) > 0 then
			.run_time_ns / .run_cnt else null end) }]'
}

new_map_kb() {
	bpftool -j map show | jq --argjson old "$1" '
		[.[] | select(.id as $i | $old | index($i) | not) |
		 .bytes_memlock] | add // 0 | . / 1024 | floor'
}

# --- what is measured -------------------------------------------------------

machine() {
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	jq -n --arg kernel "$(uname -r)" --arg cpu "${cpu:-$(uname -m)}" \
		--argjson cpus "$(nproc)" --arg date "$(date -u +%FT%TZ)" \
		--arg load "$(cut -d ' ' -f 1 /proc/loadavg)" \
		'{ $kernel, $cpu, $cpus, $date, load: ($load | tonumber) }' \
		>"$tmp/machine.json"
	jq -r '"netswap bench: Linux \(.kernel), \(.cpus) x \(.cpu), " +
		"load \(.load)"' "$tmp/machine.json"
	jq -e '.load > 0.5 * .cpus' "$tmp/machine.json" >/dev/null &&
		echo "The machine is busy: expect noise."
}

# Bpftrace may not have attached all when BEGIN runs; this one is last.
READY='interval:ms:1 /!@ready/ { @ready = 1; printf("ready\n"); }'
COUNT_PAGES='tracepoint:kmem:mm_page_alloc { @ = count(); }'
MEMALLOC_PAGES='tracepoint:kmem:mm_page_alloc
	/args->gfp_flags & 0x20000/ { @[comm] = count(); }'
DROPS='tracepoint:skb:kfree_skb { @[args->reason] = count(); }'

# borrow NAME COMMAND...: pin the program that COMMAND loads and let COMMAND
# end, so that pagefault can attach and detach it as fast as ours.
borrow() {
	local name=$1 old id pin
	shift
	old=$(prog_ids)
	hold_start ready "$@" || return
	id=$(new_programs "$old" | jq '.[0].id // empty')
	pin=$PINS/p$id
	mkdir -p $PINS
	[ -z "$id" ] || ! bpftool prog pin id "$id" "$pin" ||
		borrowed+=(-p "$name=$pin")
	hold_end
}

pagefaults() {
	local what fault free both vs_none vs_empty borrowed=()
	if command -v bpftrace >/dev/null; then
		borrow "bpftrace, counting" bpftrace -e "$COUNT_PAGES $READY"
		borrow "bpftrace, gfp_flags & __GFP_MEMALLOC" \
			bpftrace -e "$MEMALLOC_PAGES $READY"
	fi
	$OUT/pagefault "${ROUNDS[@]}" "${borrowed[@]}" $B/bpf/page_alloc.bpf.o \
		>"$tmp/pagefault.json" || die "pagefault failed"
	rm -rf $PINS
	jq -r '"\nPage faults: ns per page, median of \(.rounds) rounds per " +
		"state, of \(.pages) pages touched and freed;" +
		"\nratios are medians of pairs, with their 95 % interval"' \
		"$tmp/pagefault.json"
	printf '%-40s %7s %7s %7s %9s  %s\n' "" fault free both "vs none" \
		"fault vs empty"
	jq -r 'def pc: (. - 1) * 10000 | round / 100 |
			(if . >= 0 then "+" else "" end) + tostring;
		.pairs as $p | .states as $all | $all[] | .state as $s |
		.both_ns as $both |
		[$p[] | select(.of == $s and .to == "empty")][0] as $e |
		[ .what, .fault_ns, .free_ns, .both_ns,
		  (if $s == "none" then "-"
		   else ($both / $all[0].both_ns | pc) + " %" end),
		  (if $e then "\($e.fault.ratio | pc) % (\($e.fault.low | pc)" +
			" .. \($e.fault.high | pc)), \($e.fault.more_ns) ns"
		   else "-" end) ] | @tsv' "$tmp/pagefault.json" |
	while IFS=$'\t' read -r what fault free both vs_none vs_empty; do
		printf '%-40s %7.1f %7.1f %7.1f %9s  %s\n' "$what" "$fault" \
			"$free" "$both" "$vs_none" "$vs_empty"
	done
}

programs() {
	local name runs ns
	echo 1 >$STATS
	load
	load_faults
	load_net
	load_disk
	"$NETSWAP" status --json 2>/dev/null |
		jq '[.programs[] | { program, runs, run_time_ns } |
		     .ns_per_run = (if .runs > 0 then .run_time_ns / .runs
				    else null end)]' \
		>"$tmp/programs.json" || die "netswap status failed"
	unload
	# What the kernel's own clock reading adds is seen on empty programs.
	hold_start ready $OUT/pagefault -a || die "pagefault -a: $gone"
	load_faults
	bpftool -j prog show | jq '[.[] | select(.name == "bench_empty")] |
		{ runs: (map(.run_cnt) | add),
		  run_time_ns: (map(.run_time_ns) | add) } |
		.ns_per_run = .run_time_ns / .runs' >"$tmp/empty.json"
	hold_end
	echo "$stats_before" >$STATS
	printf '\nPrograms: ns per run (kernel.bpf_stats_enabled), under page'
	printf ' faults, UDP that is\ndropped, direct reads of the disk; "-":'
	printf ' not run. An empty program costs %.0f so.\n' \
		"$(jq .ns_per_run "$tmp/empty.json")"
	jq -r '.[] | [.program, .runs, .ns_per_run // "-"] | @tsv' \
		"$tmp/programs.json" |
	while IFS=$'\t' read -r name runs ns; do
		[ "$ns" = - ] || ns=$(printf %.0f "$ns")
		printf '%-16s %10s runs %6s ns\n' "$name" "$runs" "$ns"
	done
}

snapshots() {
	load
	$OUT/snapshot >"$tmp/snapshot.json" || die "snapshot failed"
	printf '\n%-34s %10s %10s %10s\n' "One reading, us" median "99 %" max
	jq -r '{ warm: "all counters, in a loop",
		 cold: "all counters, caches cold",
		 full: "all counters, tables full",
		 proc: "/proc and sockets (helper thread)" } as $name |
		to_entries[] | select(.value | type == "object") |
		[ $name[.key], (.value | .median_ns, .p99_ns, .max_ns) ] |
		@tsv' "$tmp/snapshot.json" |
	while IFS=$'\t' read -r what median p99 max; do
		jq -rn --arg w "$what" --argjson v "[$median, $p99, $max]" \
			'[$w] + ($v | map(. / 10 | round / 100)) | @tsv'
	done | while IFS=$'\t' read -r what median p99 max; do
		printf '%-34s %10.2f %10.2f %10.2f\n' "$what" "$median" \
			"$p99" "$max"
	done
}

# EVENTS is the title of the last panel of a frame.
startup() {
	local i start
	load
	: >"$tmp/starts"
	for ((i = 0; i < STARTS; i++)); do
		hold_start EVENTS "$NETSWAP" top || die "netswap-top: $gone"
		hold_end
		echo "$held" >>"$tmp/starts"
	done
	: >"$tmp/batch"
	for ((i = 0; i < STARTS; i++)); do
		start=${EPOCHREALTIME/./}
		"$NETSWAP" top -b -n 1 >/dev/null || die "netswap top failed"
		echo $((${EPOCHREALTIME/./} - start)) >>"$tmp/batch"
	done
	unload
	: >"$tmp/loads"
	for i in 1 2 3 4 5; do
		start=${EPOCHREALTIME/./}
		load
		echo $((${EPOCHREALTIME/./} - start)) >>"$tmp/loads"
		[ "$i" = 5 ] || unload
	done
	hold_start EVENTS "$NETSWAP" top || die "netswap-top: $gone"
	sleep "$WATCHED"
	hold_end
	jq -n --slurpfile s "$tmp/starts" --argjson w "$held" \
		--argjson batch "$(median <"$tmp/batch")" \
		--argjson load "$(median <"$tmp/loads")" \
		--argjson maps "$(bpftool -j map show | jq '[.[] |
			select(.name // "" | startswith("nsw_")) |
			.bytes_memlock] | add / 1024 | floor')" \
		--argjson progs "$(bpftool -j prog show | jq '[.[] |
			select(.name // "" | startswith("nsw_")) |
			.bytes_memlock] | add / 1024 | floor')" \
		'($s | map(.first_ms) | sort) as $t |
		{ first_frame_ms: $t[length / 2 | floor],
		  first_frame_max_ms: $t[-1], starts: ($t | length),
		  batch_ms: ($batch / 1000), load_ms: ($load / 1000),
		  rss_kb: $w.rss_kb, locked_kb: $w.locked_kb,
		  cpu_percent: ($w.cpu_ms / $w.held_s / 10),
		  cpu_over_s: $w.held_s, maps_kb: $maps,
		  programs_kb: $progs }' >"$tmp/startup.json"
	unload
	jq -r 'def r: . * 100 | round / 100;
		"\nStart-up and memory",
		"netswap load                       \(.load_ms | r) ms",
		"netswap-top, to its first frame    \(.first_frame_ms | r) ms" +
		" (worst of \(.starts): \(.first_frame_max_ms | r))",
		"netswap top -b -n 1, as a whole    \(.batch_ms | r) ms",
		"netswap-top at 1 Hz                " +
		"\(.cpu_percent * 1000 | round / 1000) % of a CPU, " +
		"over \(.cpu_over_s | round) s",
		"netswap-top, resident, locked      \(.rss_kb), " +
		"\(.locked_kb) kB",
		"kernel memory: maps, programs      \(.maps_kb), " +
		"\(.programs_kb) kB"' "$tmp/startup.json"
}

# peer NAME LOAD EVENTS MARKER COMMAND...: what its programs cost per event of
# a load, its time to the first output, its memory.
peer() {
	local name=$1 load=$2 events=$3 i old maps progs kb ns first rss
	shift 3
	: >"$tmp/holds"
	old=$(prog_ids)
	maps=$(bpftool -j map show | jq -c '[.[].id]')
	echo 1 >$STATS
	for ((i = 0; i < PEER_STARTS; i++)); do
		if ! hold_start "$@"; then
			jq -n --arg name "$name" --arg why "$gone" \
				'{ $name, skipped: $why }' >>"$tmp/peers"
			printf '%-34s cannot run here: %s\n' "$name" "$gone"
			break
		fi
		if [ $i = 0 ]; then
			"load_$load"
			progs=$(new_programs "$old")
			kb=$(new_map_kb "$maps")
		fi
		hold_end
		unload
		echo "$held" >>"$tmp/holds"
	done
	echo "$stats_before" >$STATS
	[ $i = $PEER_STARTS ] || return
	jq -n --arg name "$name" --arg load "$load" --argjson maps "$kb" \
		--slurpfile h "$tmp/holds" --argjson events "$events" \
		--argjson programs "$progs" '
		def median: sort | (.[(length - 1) / 2 | floor] +
				    .[length / 2 | floor]) / 2;
		($programs | map(.runs) | add // 0) as $runs |
		{ $name, $load, $events,
		  first_ms: ($h | map(.first_ms) | median),
		  rss_kb: ($h | map(.rss_kb) | median), maps_kb: $maps,
		  runs_per_event: ($runs / $events),
		  ns_per_event: (if $runs < $events / 10 then null else
			($programs | map(.run_time_ns) | add) / $events end),
		  $programs }' >"$tmp/peer"
	cat "$tmp/peer" >>"$tmp/peers"
	IFS=$'\t' read -r ns first rss < <(jq -r '[
		(if .ns_per_event then .ns_per_event | round else "-" end),
		(.first_ms | round), (.rss_kb | round) ] | @tsv' "$tmp/peer")
	printf '%-34s %6s %6s %8s %8s %8s\n' "$name" "$load" "$ns" "$first" \
		"$rss" "$kb"
}

# All that does a part of the same job, each by the same method.
peers() {
	local both="$NETSWAP load; exec $NETSWAP top"
	: >"$tmp/peers"
	printf '\nBeside others: ns that all its programs take per event (a '
	printf 'page used and freed;\na UDP packet received and dropped; a '
	printf 'disk read), "-": none runs; to first output\n'
	printf '%-34s %6s %6s %8s %8s %8s\n' "" load ns "ms" "RSS kB" "maps kB"
	peer "empty programs on alloc and free" faults $FAULTS ready \
		$OUT/pagefault -a
	peer "netswap load, netswap-top" faults $FAULTS EVENTS sh -c "$both"
	peer "bpftrace: count page allocations" faults $FAULTS ready \
		bpftrace -e "$COUNT_PAGES $READY"
	peer "bpftrace: with __GFP_MEMALLOC" faults $FAULTS ready \
		bpftrace -e "$MEMALLOC_PAGES $READY"
	peer "libbpf-tools drsnoop" faults $FAULTS Tracing drsnoop
	peer "netswap load, netswap-top" net $UDP EVENTS sh -c "$both"
	peer "bpftrace: drops by reason" net $UDP ready \
		bpftrace -e "$DROPS $READY"
	peer "bpftrace: tcpdrop.bt" net $UDP Tracing tcpdrop.bt
	peer "netswap load, netswap-top" disk $READS EVENTS sh -c "$both"
	peer "libbpf-tools biolatency" disk $READS Tracing biolatency
	peer "libbpf-tools biosnoop" disk $READS TIME biosnoop
}

aims() {
	jq -n --slurpfile p "$tmp/pagefault.json" \
		--slurpfile s "$tmp/snapshot.json" \
		--slurpfile u "$tmp/startup.json" '
		def of_ours: .of == "ours" and .to == "empty";
		($p[0].pairs[] | select(of_ours)) as $r |
		def pc: (. - 1) * 10000 | round / 100;
		[ { aim: "idle page fault, ours against empty programs",
		    unit: "%", at_most: 1, measured: ($r.fault.ratio | pc),
		    low: ($r.fault.low | pc), high: ($r.fault.high | pc) },
		  { aim: "the same, with freeing the page",
		    unit: "%", at_most: 1, measured: ($r.both.ratio | pc),
		    low: ($r.both.low | pc), high: ($r.both.high | pc) },
		  { aim: "first frame of netswap-top",
		    unit: "ms", at_most: 150, measured: $u[0].first_frame_ms,
		    high: $u[0].first_frame_max_ms },
		  { aim: "snapshot of all counters, caches cold",
		    unit: "us", at_most: 100,
		    measured: ($s[0].cold.median_ns / 1000),
		    low: ($s[0].warm.median_ns / 1000),
		    high: ($s[0].cold.p99_ns / 1000) },
		  { aim: "the same, tables full",
		    unit: "us", at_most: 100,
		    measured: ($s[0].full.median_ns / 1000),
		    high: ($s[0].full.p99_ns / 1000) } ] |
		map(.met = (.measured <= .at_most))' >"$tmp/aims.json"
	printf '\n%-46s %9s %9s  %-4s %s\n' Aim "at most" measured met spread
	jq -r 'def r: . * 100 | round / 100;
		.[] | [ .aim, "\(.at_most) \(.unit)",
		"\(.measured | r) \(.unit)", (if .met then "yes" else "no" end),
		(if .low then "\(.low | r) .. \(.high | r)"
		 elif .high then "up to \(.high | r)" else "" end) ] | @tsv' \
		"$tmp/aims.json" |
	while IFS=$'\t' read -r aim most measured met spread; do
		printf '%-46s %9s %9s  %-4s %s\n' "$aim" "$most" "$measured" \
			"$met" "$spread"
	done
}

write_json() {
	jq -n --slurpfile machine "$tmp/machine.json" \
		--slurpfile aims "$tmp/aims.json" \
		--slurpfile pagefault "$tmp/pagefault.json" \
		--slurpfile empty "$tmp/empty.json" \
		--slurpfile programs "$tmp/programs.json" \
		--slurpfile snapshot "$tmp/snapshot.json" \
		--slurpfile startup "$tmp/startup.json" \
		--slurpfile peers "$tmp/peers" \
		'{ machine: $machine[0], aims: $aims[0],
		   pagefault: $pagefault[0], empty_program: $empty[0],
		   programs: $programs[0], snapshot: $snapshot[0],
		   startup: $startup[0], $peers }' >"$tmp/results.json" &&
		mv "$tmp/results.json" "$RESULTS" ||
		die "cannot write $RESULTS"
	echo
	echo "$SECONDS s; written to $RESULTS"
}

mkdir -p $OUT
build
unload
machine
pagefaults
start_steps
programs
snapshots
startup
peers
aims
write_json
