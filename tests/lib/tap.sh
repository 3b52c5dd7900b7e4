# SPDX-License-Identifier: GPL-2.0
# tap.sh - results of shell tests; source it, then call these.
# shellcheck shell=bash

tap_nr=0
tap_failed=0
tmp=$(mktemp -d)
# shellcheck disable=SC2317,SC2329
tap_cleanup() { :; }		# tests override it
trap 'tap_cleanup; rm -rf "$tmp"' EXIT

# ok NAME COMMAND...: passes if the command succeeds.
ok() {
	local name=$1
	shift
	tap_nr=$((tap_nr + 1))
	if "$@" >"$tmp/tap.out" 2>&1; then
		echo "ok $tap_nr - $name"
	else
		echo "not ok $tap_nr - $name"
		sed 's/^/# /' "$tmp/tap.out" | head -n 30
		tap_failed=$((tap_failed + 1))
	fi
}

# is NAME GOT WANT: passes if the two strings are equal.
is() {
	tap_nr=$((tap_nr + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_nr - $1"
	else
		echo "not ok $tap_nr - $1"
		printf '# got:  %s\n# want: %s\n' "$2" "$3" | head -n 40
		tap_failed=$((tap_failed + 1))
	fi
}

# skip NAME REASON: one result that says why it could not be had.
skip() {
	tap_nr=$((tap_nr + 1))
	echo "ok $tap_nr - $1 # SKIP $2"
}

# skip_all REASON: this machine can't run the test at all.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# fails CODE TEXT COMMAND...: it must exit with CODE, print TEXT in exactly
# one line on stderr, and no sanitizer report.
fails() {
	local code=$1 text=$2 got
	shift 2
	"$@" >"$tmp/fails.out" 2>"$tmp/fails.err" </dev/null
	got=$?
	cat "$tmp/fails.err"
	[ "$got" = "$code" ] || { echo "exit $got, want $code"; return 1; }
	grep -qF -- "$text" "$tmp/fails.err" || { echo "no '$text'"; return 1; }
	# argp adds where to find help.
	got=$(grep -cv "^Try \`" "$tmp/fails.err")
	[ "$got" = 1 ] || { echo "$got lines on stderr, want 1"; return 1; }
}

done_testing() {
	echo "1..$tap_nr"
	[ "$tap_failed" = 0 ]
	exit
}
