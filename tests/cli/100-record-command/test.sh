#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap record -- COMMAND.  Catches: an exit status that is not the
# command's, a signal that does not reach it, a command that begins before the
# first snapshot or ends after the last, or that inherits what is meant for the
# recorder alone.
set -u
. "$TESTS/lib/tap.sh"

rec=$tmp/run.jsonl
record() { "$NETSWAP" record -o "$rec" -i 60 -- "$@" 2>"$tmp/err"; }
status_of() { record "$@"; echo $?; }
is "success" "$(status_of true)" 0
is "two lines, whatever the interval" "$(wc -l <"$rec")" 2
is "failure" "$(status_of sh -c 'exit 7')" 7
is "the status is in the last line" \
	"$(jq -c '[.command.name, .command.status]' "$rec" | tail -n 1)" '["sh",7]'
# shellcheck disable=SC2016
is "killed" "$(status_of sh -c 'kill -9 $$')" 137
is "not found" "$(status_of /nonexistent)" 127
ok "and said" grep -q "/nonexistent: cannot run: No such file" "$tmp/err"
is "without an end then" "$(jq .command.ended_ns "$rec")" null
is "not executable" "$(status_of /etc/passwd)" 126
is "its output passes" "$(record echo a b)" "a b"
is "its options are its own" "$(record printf %s -n)" "-n"
is "its input passes" "$(echo in | record cat)" in

is "the audit is in the first line, and there alone" "$(jq -c \
	'.audit | if . then .findings | map(.id) else . end' "$rec" | head -n 2)" \
	"$("$NETSWAP" audit --json | jq -c '.findings | map(.id)'; echo null)"

is "both are read back" \
	"$("$NETSWAP" show --replay "$rec" --json | jq -c 'map([.command, .audit])')" \
	"$(jq -sc 'map([.command, .audit])' "$rec")"

record sh -c "date +%s%3N >$tmp/at"
# wall_ms is rounded down, as date's is.
ok "the first snapshot is from before, the last from after" jq -es \
	--argjson at "$(cat "$tmp/at")" \
	'.[0].wall_ms <= $at and $at <= .[-1].wall_ms' "$rec"
ok "/proc was read once more after its end" jq -es '.[-1] |
	.command.ended_ns > 0 and .proc_ns > .command.ended_ns and
	.mono_ns > .command.ended_ns' "$rec"

# shellcheck disable=SC2016
mine='cat /proc/self/oom_score_adj; nice; grep -E "SigIgn|VmLck" /proc/self/status'
is "it has nothing of the recorder's settings" "$(record sh -c "$mine")" \
	"$(sh -c "$mine")"

forwarded() {
	# A shell ignores SIGINT for what it puts into the background.
	env --default-signal=INT "$NETSWAP" record -o "$rec" -i 60 -- sh -c "
		trap 'exit 9' $1; echo >$tmp/ready
		for i in \$(seq 100); do sleep 0.1; done" 2>/dev/null &
	timeout 10 sh -c "until [ -e $tmp/ready ]; do sleep 0.05; done"
	kill -"$1" $!
	wait $!
	echo $?
	rm "$tmp/ready"
}
for sig in TERM INT HUP USR1; do
	is "SIG$sig reaches it" "$(forwarded $sig)" 9
	is "and is recorded to its end" "$(jq .command.status "$rec" |
		tail -n 1)" 9
done

ok "no room to record in: it does not run" fails 125 \
	"/dev/full: cannot write: No space left" \
	"$NETSWAP" record -o /dev/full -- touch "$tmp/ran"
ok "as said" [ ! -e "$tmp/ran" ]
ok "standard output is the command's" fails 2 "share standard output" \
	"$NETSWAP" record -o - -- true
ok "a count as well" fails 2 "exclude each other" \
	"$NETSWAP" record -o "$rec" -n 3 -- true
done_testing
