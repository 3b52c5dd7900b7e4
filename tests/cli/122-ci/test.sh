#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The CI jobs of docs/ci.md, run step by step with a test, a recording and the
# rules of that document.  Catches: an example that is no YAML, that calls
# netswap in a way it does not know, that passes when the test or a rule fails,
# or leaves no report then.
set -u
. "$TESTS/lib/tap.sh"
python3 -c 'import yaml' 2>/dev/null || skip_all "needs python3-yaml"

doc=$TESTS/../docs/ci.md
mkdir "$tmp/bin" "$tmp/job"
printf '#!/bin/sh\nexec "$@"\n' >"$tmp/bin/sudo"
# Installing and loading are not what is tried here.
printf '#!/bin/sh\nexit 0\n' | tee "$tmp/bin/make" >"$tmp/bin/apt-get"
# Its own recording shows no pressure: in its place comes one that does.
cat >"$tmp/bin/netswap" <<'END'
#!/bin/sh
[ "$1" = load ] && exit 3
"$NETSWAP" "$@"
code=$?
[ "$1" = record ] && jq -c --argjson n $$ '.mono_ns += $n' "$RECORDING" >"$3"
exit $code
END
chmod +x "$tmp"/bin/*
# shellcheck disable=SC2016
sed -n '/^```text/,/^```/{//!p}' "$doc" >"$tmp/rules"
ok "there are rules" [ "$(wc -l <"$tmp/rules")" -gt 3 ]

# job PLATFORM RECORDING TEST: its exit code.
job() {
	rm -rf "$tmp/job"
	mkdir "$tmp/job"
	cp "$tmp/rules" "$tmp/job/netswap.rules"
	printf '#!/bin/sh\n%s\n' "$3" >"$tmp/job/my-test"
	chmod +x "$tmp/job/my-test"
	(
		cd "$tmp/job" || exit
		export PATH=$tmp/bin:$PATH RECORDING=$2
		export GITHUB_STEP_SUMMARY=$tmp/job/summary
		python3 "$TESTS/cli/122-ci/job.py" "$doc" "$1" >"$tmp/shell" ||
			exit
		sed '/^always:$/,$d' "$tmp/shell" | bash -e
		code=$?
		sed '1,/^always:$/d' "$tmp/shell" | bash -e || code="$code, always: $?"
		echo "$code"
	) 2>&1 | tail -n 1
}

good=$TESTS/data/guest.jsonl
jq -c '.counters.pfmemalloc_filter_drops_tcp += input_line_number' "$good" \
	>"$tmp/bad"
jq -c '.hooks.throttle = false' "$good" >"$tmp/blind"
for platform in github gitlab; do
	is "$platform: all is well" "$(job $platform "$good" true)" 0
	is "$platform: a rule falls short" "$(job $platform "$tmp/bad" true)" 1
	is "$platform: JUnit says so" "$(xmllint --xpath 'count(//failure)' \
		"$tmp/job/gate.xml")" 1
	ok "$platform: there is a report all the same" \
		grep -q '<h2>Curves' "$tmp/job/report.html"
	is "$platform: what is not measured is no pass" \
		"$(job $platform "$tmp/blind" true)" 2
	is "$platform: the test fails" "$(job $platform "$good" 'exit 7')" 7
	ok "$platform: nothing is judged then" [ ! -e "$tmp/job/gate.xml" ]
done
ok "github: a summary" grep -q "^### run1.jsonl" \
	<(job github "$good" true >/dev/null; cat "$tmp/job/summary")
done_testing
