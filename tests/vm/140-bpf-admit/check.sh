#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/lab.sh"

drops=$(value delta_PFMemallocDrop)
if [ "$(param admit)" = 1 ]; then
	asked=$(value asked) admitted=$(value admitted)
	refused=$(value refused)
	ok "it admitted some: $admitted of $asked" [ "$admitted" -gt 0 ]
	is "each was admitted or refused" $((admitted + refused)) "$asked"
	ok "what it refused was dropped: $drops of $refused" \
		[ "$drops" -ge "$refused" ]
	# Another CPU may have taken the last page in between.
	ok "it was asked where there is room: $(value no_room) times not" \
		[ $(($(value no_room) * 20)) -le "$asked" ]
else
	ok "packets of the reserve were dropped: $drops" [ "$drops" -gt 0 ]
fi
done_testing
