#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Recordings: what is written is read back unchanged; damaged ones are
# refused with one line naming file, line and reason.
set -u
. "$TESTS/lib/tap.sh"

rec=$TESTS/data/guest.jsonl
cp "$rec" "$tmp/good"
lines=$(wc -l <"$tmp/good")
replay() { "$NETSWAP" show --replay "$@"; }

ok "replays" replay "$tmp/good"
is "every line once" "$(replay "$tmp/good" --csv | wc -l)" $((lines + 1))
# A round trip must lose nothing: the document of a replayed line is the line.
# A metric that is newer than the recording is null, that is, absent, and a
# hook that is newer is not attached.
norm() {
	jq -S 'map(del(.rates, .interval_seconds) |
		.hooks |= with_entries(select(.value))) | walk(if type == "object"
		then with_entries(select(.value != null)) else . end)' "$1"
}
roundtrip() {
	jq -s . "$tmp/good" >"$tmp/a.json"
	replay "$tmp/good" --json >"$tmp/b.json" || return 1
	diff <(norm "$tmp/a.json") <(norm "$tmp/b.json")
}
ok "round trip is identical" roundtrip
ok "stdin" bash -c "$NETSWAP show --replay - --csv <$tmp/good"

head -c -100 "$tmp/good" >"$tmp/cut"
is "cut last line loses only itself" \
	"$(replay "$tmp/cut" --csv 2>"$tmp/err" | wc -l)" "$lines"
ok "and says so" grep -q "$tmp/cut:$lines: last line is cut off" "$tmp/err"
ok "missing" fails 1 "/nonexistent: cannot open" "$NETSWAP" show --replay /nonexistent
: >"$tmp/empty"
ok "empty" fails 1 "$tmp/empty: empty" "$NETSWAP" show --replay "$tmp/empty"
echo "hello" >"$tmp/text"
ok "not JSON" fails 1 "$tmp/text:1: not JSON" "$NETSWAP" show --replay "$tmp/text"
{ head -n 1 "$tmp/good"; echo '{"a":'; head -n 1 "$tmp/good"; } >"$tmp/mid"
ok "damage in the middle" fails 1 "$tmp/mid:2: not JSON" \
	"$NETSWAP" show --replay "$tmp/mid" --csv
echo '{"a":1}' >"$tmp/other"
ok "other JSON" fails 1 "$tmp/other:1: not a netswap snapshot" \
	"$NETSWAP" show --replay "$tmp/other"
jq -c '.netswap = 99' "$tmp/good" >"$tmp/newer"
ok "newer version" fails 1 "$tmp/newer:1: snapshot of version 99" \
	"$NETSWAP" show --replay "$tmp/newer"
jq -c 'del(.mono_ns)' "$tmp/good" >"$tmp/timeless"
ok "without time" fails 1 "$tmp/timeless:1: snapshot without its time" \
	"$NETSWAP" show --replay "$tmp/timeless"
# Hostile values: must neither crash nor print control bytes.
jq -c '.host = "\u001b[2Jx" | .zones = [range(5000)|{}] |
	.counters = 7 | .page_bytes = -1 | .top[0].port = 99999999 |
	.events = {} | .sockets = [1, "x", null] | .throttled = [[]]' \
	"$tmp/good" >"$tmp/hostile"
for v in "" --json --csv --openmetrics; do
	# shellcheck disable=SC2086
	ok "hostile values ${v:-table}" replay "$tmp/hostile" $v
done
ok "no control bytes" bash -c \
	"! $NETSWAP show --replay $tmp/hostile | grep -q \$'\e'"
printf '\033[2J\n' >"$tmp/"$'a\nb\033'
ok "nor in messages" fails 1 "a?b?:1: not JSON ('[' or '{' expected near '?')" \
	"$NETSWAP" show --replay "$tmp/"$'a\nb\033'
head -c 5000000 /dev/zero | tr '\0' x >"$tmp/huge"
ok "huge line" fails 1 "longer than" "$NETSWAP" show --replay "$tmp/huge"
head -c 100000 /dev/urandom >"$tmp/random"
ok "random bytes" bash -c "$NETSWAP show --replay $tmp/random; [ \$? = 1 ]"
printf '{"netswap":1,"a":%s' "$(printf '[%.0s' $(seq 5000))" >"$tmp/deep"
ok "deep nesting" bash -c "$NETSWAP show --replay $tmp/deep; [ \$? = 1 ]"
ok "events of a recording" "$NETSWAP" events --replay "$tmp/good"
done_testing
