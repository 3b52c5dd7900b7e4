#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: setting the time of day neither ends the guard's lease nor prolongs it
# pressure: none
# param swap=none
# param lease=6		seconds
#
# What tests/bpf/055-guard-open can't do to the machine that it runs on.  Pings to
# the host tell whether packets are dropped.  At the end the same of a guard that
# ends by itself, under pressure that does not.

answers() {
	ping -c 1 -W 1 $HOST >/dev/null
}

unanswered() {
	! answers
}

# until_answers SECONDS: waits, and prints how long ago SECONDS of uptime are
until_answers() {
	wait_for 30 answers
	awk -v from="$1" '{ printf "%.1f\n", $1 - from }' /proc/uptime
}

# guard_on [OPTION...]
# shellcheck disable=SC2120	# jump calls it, too
guard_on() {
	local status

	netswap guard on --dev "$INTERFACE" --policy /run/policy "$@" \
		>/run/guard 2>&1
	status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ] ||
		broken "guard on: $(head -n 1 /run/guard)"
	wait_for 15 has_carrier || broken "no carrier on $INTERFACE"
}

# jump SECONDS [COMMAND...]: the time of day jumps after COMMAND
jump() {
	local from said to=$1

	shift
	"$@" >/run/jump 2>&1
	from=$(cut -d ' ' -f 1 /proc/uptime)
	# The level of memory is looked at ten times a second.
	wait_for 1 unanswered && said=dropped || said=arrives
	date -s "@$to" >/dev/null || broken "date -s @$to"
	answers && said="$said arrives" || said="$said dropped"
	echo "$said $(until_answers "$from")"
}

wait_for 15 answers || broken "the host does not answer"
now=$(date +%s)
echo "lease $(parameter lease)s" >/run/policy
guard_on
wait_for 15 answers || broken "the host does not answer, without pressure"
report phase load
for to in $((now + 86400)) "$now" 2145916800 946684800; do
	report "lease_$to" "$(jump "$to" netswap guard press)"
done
cat >/run/policy <<-END
	on level
	enter 1000000%
	leave 1000000%
END
report ends_on "$(jump $((now + 86400)) guard_on --for "$(parameter lease)")"
netswap guard off >/dev/null
wait_for 15 answers || broken "the host does not answer, without a guard"
report ends_back "$(jump "$now" guard_on --for "$(parameter lease)")"
netswap unload >/dev/null || broken "netswap unload failed"
verdict COMPLETED
