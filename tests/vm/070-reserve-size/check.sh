#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

before=$(value min_before)
reserved=$(($(value min_on) - before))
if [ "$(param reserves)" = 1 ]; then
	ok "reserved: $reserved pages" [ $reserved -ge 64 ]
	ok "the tree says the same" near $reserved "$(guest_file mem_reserve |
		awk '$1 == "total" { print $2 }')"
	ok "by $(value resized) changes" [ "$(value resized)" -ge 1 ]
	is "a further area changes nothing" "$(value resized_for_more)" \
		"$(value resized)"
else
	is "nothing is reserved" $reserved 0
fi
ok "beside min_free_kbytes" \
	near $(($(value min_on_more) - before)) $((reserved + 100))
ok "which is left when it goes" near $(($(value min_off_more) - before)) 100
is "all is as before" "$(value min_after)" "$before"
is "what is no number is refused" "$(value junk_taken)" ""
is "and changes nothing" "$(value min_after_junk)" "$before"
# Two wrote it while areas came and went; what the last of them wrote is left.
ok "min_free_kbytes is what others wrote" near \
	$(($(value min_after_race) - before)) "$(value left_pages)"
is "and areas do not change it" "$(value areas_changed_it)" ""
is "at the end all is as before" "$(value min_at_end)" "$before"
done_testing
