# SPDX-License-Identifier: GPL-2.0
# lab.sh - what a run of the lab left in $RUN, for the check.sh of scenarios.
# shellcheck shell=bash

# value KEY: what the guest reported
value() { sed -n "s/^$1=//p" "$RUN/result.txt" | tail -n 1; }

# param KEY: of the scenario, as the guest was told
param() { value "param_$1"; }

# guest_file NAME: a file that the guest sent with report_file
guest_file() { "$TESTS/vm/extract.sh" "$RUN" "$1" 2>/dev/null; }

# json NAME FILTER
json() { guest_file "$1" | jq -r "$2"; }

# compared NAME: 1 if BPF's count and the kernel's were both known
compared() { jq --arg n "$1" '[.[] | select(.name == $n)] | length' \
	<<<"$COUNTS"; }

# recorded: lines of the recording
recorded() { wc -l <"$RUN/record.jsonl"; }
