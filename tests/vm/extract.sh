#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# extract.sh DIR NAME: print a file which the guest reported in DIR/result.txt

set -euo pipefail

[ $# -eq 2 ] || { echo "usage: extract.sh DIR NAME" >&2; exit 2; }
result=$1/result.txt
[ -r "$result" ] || { echo "extract.sh: no $result" >&2; exit 1; }

# Only what has both marks is whole.
awk -v name="$2" '
	$0 == "@@END " name && inside	{ whole = 1; exit }
	inside				{ text = text $0 "\n" }
	$0 == "@@BEGIN " name		{ inside = 1 }
	END {
		if (!whole)
			exit 1
		printf "%s", text
	}' "$result" || {
	echo "extract.sh: no whole '$2' in $result" >&2
	exit 1
}
