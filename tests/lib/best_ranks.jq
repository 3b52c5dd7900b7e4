# Of `netswap probe --json`: groups whose attached rank is not the best of which
# every hook is usable.  The guard is for who asks for it.
.attached_rank as $attached |
[.hooks | map(select(.group != "guard")) | group_by(.group)[] |
	.[0].group as $group |
	[group_by(.rank)[] | select(all(.state != "unusable")) | .[0].rank] |
	select($attached[$group] != min) | $group] | join(" ")
