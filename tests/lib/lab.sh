# SPDX-License-Identifier: GPL-2.0
# lab.sh - what a run of the lab left in $RUN, for the check.sh of scenarios.
# shellcheck shell=bash

# value KEY: what the guest reported
value() { sed -n "s/^$1=//p" "$RUN/result.txt" | tail -n 1; }

# param KEY: of the scenario, as the guest was told
param() { value "param_$1"; }

# guest_file NAME: a file that the guest sent with report_file
guest_file() { "$TESTS/vm/extract.sh" "$RUN" "$1" 2>/dev/null; }

# near PAGES PAGES: sums of zones, of which each one's share is rounded
near() { [ $(($1 - $2)) -le 4 ] && [ $(($2 - $1)) -le 4 ]; }

# json NAME FILTER
json() { guest_file "$1" | jq -r "$2"; }

# compared NAME: 1 if BPF's count and the kernel's were both known
compared() { jq --arg n "$1" '[.[] | select(.name == $n)] | length' \
	<<<"$COUNTS"; }

# circle: the diagnosis of a run that did not complete
circle() { jq -r .circle "$RUN/diagnosis.json"; }

# recorded: lines of the recording
recorded() { wc -l <"$RUN/record.jsonl"; }

# shown FILTER: of what netswap said last: at the end, or of one that hung in
# the last whole line of its recording
shown() {
	if [ "$VERDICT" = COMPLETED ]; then
		json netswap.json "$1"
	else
		sed '$d' "$RUN/record.jsonl" | tail -n 1 | jq -r "$1"
	fi
}

# guard_checks: of a run with guard=monitor or on: it was where its place is; no
# packet of the swap connection came as far as the rule that drops them, its
# first (vm/guest/guard.sh); and under a flood it engaged, and shed some of it.
guard_checks() {
	local counter=guard_packets_dropped other=guard_packets_would_drop
	local hook=tc lease
	case $(param guard) in
	''|off)	return ;;
	monitor) counter=$other other=guard_packets_dropped ;;
	esac
	# The others have no native XDP; vmxnet3's came with 6.6.
	case $(param nic) in
	virtio) hook=xdp ;;
	vmxnet3) hook=$(json guard.json '[.places[].hook |
		select(. != "fmod_ret")][0]') ;;
	esac
	# A patched kernel asks the guard about packets in the reserve, too.
	case $(value kernel) in
	*-patched*) hook="$hook true fmod_ret" ;;
	esac
	is "guard: attached" "$(json guard.json '[.places | sort_by(.hook ==
		"fmod_ret")[] | "\(.hook) \(.attached)"] | join(" ")')" \
		"$hook true"
	is "guard: its first rule is for packets of the server" \
		"$(shown '.guard_rules[0].rule')" \
		"drop proto tcp from 10.0.2.2 sport $(value server_port)"
	is "guard: no packet of the swap connection was for dropping" \
		"$(shown '.guard_rules[0] | .dropped + .would_drop')" 0
	is "guard: the other mode counted none" "$(shown ".counters.$other")" 0
	shown '.counters | "# guard: engaged \(.guard_engagements) times, for " +
		"\(.guard_engaged_time_ns / 1e9) s; of memalloc sockets " +
		"\(.guard_packets_cached + .guard_packets_memalloc), of their " +
		"peers \(.guard_packets_peer), dropped \(.'"$counter"')"'
	[ "$(param flood)" != none ] || return
	ok "guard: it engaged" [ "$(shown .counters.guard_engagements)" -gt 0 ]
	ok "guard: the swap connection's packets passed" [ "$(shown '.counters |
		.guard_packets_cached + .guard_packets_memalloc +
		.guard_packets_peer')" -gt 0 ]
	ok "guard: it shed some of the flood" \
		[ "$(shown ".counters.$counter")" -gt 0 ]
	[ "$VERDICT" = COMPLETED ] || return
	is "guard: the flood went on to the end" \
		"$(value flood_end | cut -d ' ' -f 1)" 143
	lease=$(shown .gauges.guard_lease_ns)
	is "guard: and pressure is over" "$lease" 0
}
