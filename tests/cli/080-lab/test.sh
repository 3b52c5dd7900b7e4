#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lab's command line: what is wrong is said in one line before anything is
# started, and nothing is left.
set -u
. "$TESTS/lib/tap.sh"
command -v python3 >/dev/null || skip_all "needs python3"

lab=$TESTS/vm/lab
run() { "$lab" run "$@" --out "$tmp/out"; }

ok "list" "$lab" list
is "list has every scenario" \
	"$("$lab" list | grep -cE '^[0-9]{3}-[a-z0-9-]+: .')" \
	"$(find "$TESTS/vm" -name scenario.sh | wc -l)"
is "list has flood where there is one" "$("$lab" list | awk '
	/^[0-9]/ { at = $1 } /^every/ { at = "every" }
	$1 ~ /^flood=/ { printf "%s ", substr(at, 1, 3) }')" \
	"010 011 030 040 100 140 280 "
is "every set can be read, and its cells are what they say" "$(
	cd "$TESTS/vm" && python3 - <<-'END'
	from nswlab import cells
	for name in cells.sets():
	    assert cells.read_set(name), name
	    for cell in cells.read_set(name):
	        assert cell.name.startswith(cell.scenario.name)
	print("ok")
	END
	)" ok
ok "unknown set or scenario" fails 2 "no scenario or set 'nothing'" run nothing
ok "unknown parameter" fails 2 "010-workload has no parameter 'x=1'" \
	run "010-workload x=1"
ok "no parameter at all" fails 2 "has no parameter 'mem'" run "010-workload mem"
ok "bad number" fails 2 "mem=-1: give a whole number" run "010-workload mem=-1"
ok "bad number of a scenario" fails 2 "mib=9x9: give a whole number" \
	run "010-workload mib=9x9"
ok "no number where the default is one" fails 2 "tcp_mem=none: give a number" \
	run "010-workload tcp_mem=none"
ok "no number of KiB" fails 2 "min_free=abc: give a whole number" \
	run "010-workload min_free=abc"
for given in rate=9 fault=reset,loss=1 swap=nfs3,client=nbdkeep; do
	ok "${given##*,} without what it is a part of" \
		fails 2 "${given##*,} is for " \
		run "040-server-fault ${given//,/ }"
done
ok "no choice" fails 2 "nic=ne2000: give one of" run "010-workload nic=ne2000"
ok "no protection" fails 2 "off=throttle,throttel: give none, or" \
	run "010-workload off=throttle,throttel"
for given in flood=tcp fault=kill; do
	ok "${given%=*} for a scenario that takes none" \
		fails 2 "060-cycles takes no ${given%=*}: " \
		run "060-cycles $given"
done
ok "more than a word" fails 2 "one word of the guest's kernel command line" \
	run '010-workload without=a;b'
ok "parameters of a set" fails 2 "takes no parameters" run "smoke mem=1"
ok "no runs" fails 2 "give 1 or more" run smoke --runs 0
ok "no number of tries" fails 2 "--tries 0: give 1 or more" \
	run smoke --tap --tries 0
ok "the best of some tries" fails 2 "--tries 2: only with --tap" \
	run smoke --tries 2
ok "unknown option" fails 2 "unrecognized arguments: --frob" run --frob
ok "no number" fails 2 "--runs: invalid int value: 'x'" run smoke --runs x
ok "unknown command" fails 2 "invalid choice: 'frob'" "$lab" frob
ok "unknown kernel" fails 2 "no kernel 'none'" run 020-bpftool --kernel none
echo "junk file $tmp/junk" >"$tmp/list"
ok "no such bzImage" fails 2 "$tmp/junk" env NETSWAP_KERNELS="$tmp/list" \
	"$lab" run 020-bpftool --kernel junk --out "$tmp/out"
echo text >"$tmp/junk"
ok "not a bzImage" fails 2 "no bzImage" env NETSWAP_KERNELS="$tmp/list" \
	"$lab" run 020-bpftool --kernel junk --out "$tmp/out"
mkdir "$tmp/bin"
ln -s "$(command -v env)" "$tmp/bin"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$tmp/bin/python3"
ok "no QEMU" fails 2 "no qemu-system-x86_64: install qemu-system-x86" \
	env PATH="$tmp/bin" "$lab" run smoke --out "$tmp/out"
mkdir "$tmp/poor"
ln -s /usr/bin/* /bin/* "$tmp/poor" 2>/dev/null
rm -f "$tmp"/poor/{nbd-server,python3}
ln -s "$tmp/bin/python3" "$tmp/poor"
ln -sf /bin/true "$tmp/poor/qemu-system-x86_64"
ok "no server, before a kernel is built" \
	fails 2 "no nbd-server: install nbd-server" \
	env PATH="$tmp/poor" "$lab" run 010-workload --kernel none
ok "a console without a terminal" fails 2 "needs a terminal" \
	"$lab" console 030-view-alive
# From a copy: a set with a mistake in it.
cp -r "$TESTS/vm" "$tmp/vm"
echo "020-bpftool 6.12-cloud 1 PERFECT" >"$tmp/vm/sets/wrong"
ok "a set with a mistake names file and line" \
	fails 2 "sets/wrong:1: 'PERFECT' is no verdict" "$tmp/vm/lab" run wrong
is "one lab at a time writes results; --add keeps what is there" "$(
	python3 - "$lab" "$tmp" <<-'END'
	import json, sys
	from importlib.machinery import SourceFileLoader
	from pathlib import Path
	lab = SourceFileLoader("lab", sys.argv[1]).load_module()
	out = Path(sys.argv[2], "results")
	out.mkdir()
	first = lab.Results(out, "first")
	first.add({"cell": {"name": "a"}, "verdict": "HUNG"})
	try:
	    lab.Results(out, "second")
	    print("no lock")
	except lab.guest.LabError as err:
	    print(err)
	first.file.write("{ cut off")
	first.file.close()
	for add, runs in ((True, 1), (False, 0)):
	    again = lab.Results(out, "again", add)
	    again.file.close()
	    lines = (out / "results.jsonl").read_text().splitlines()
	    assert len(again.runs) == len(lines) == runs, lines
	    assert again.next_dir().name == f"00{runs + 1}"
	END
	)" "$tmp/results: another lab writes there: give --out DIR"
is "as TAP: what is wrong is, what can't be had here is skipped" "$(
	python3 - "$lab" <<-'END'
	import sys
	from importlib.machinery import SourceFileLoader
	lab = SourceFileLoader("lab", sys.argv[1]).load_module()
	tap = lab.Tap()
	for verdict, expected, why in (
	        ("HUNG", "any", None), ("BROKEN", "any", "port in use"),
	        ("BROKEN", "COMPLETED", "ganesha.nfsd: run the lab as root"),
	        ("BROKEN", "COMPLETED", "ganesha.nfsd: does not export /x")):
	    tap.run({"cell": {"name": "a"}, "verdict": verdict, "run": 1,
	             "expected": expected, "broken_reason": why, "ok": False,
	             "invalid_reason": None, "counts": [], "checks": [],
	             "splats": [], "seconds": 1, "values": {}})
	print("failed:", tap.failed)
	END
	)" "ok 1 - a: any
# HUNG           1 s  a [1]
not ok 2 - a: any
# BROKEN         1 s  a [1]
#     port in use
#     expected any
ok 3 - a # SKIP ganesha.nfsd: run the lab as root
ok 4 - a # SKIP ganesha.nfsd: does not export /x
failed: 1"
is "progress is not cut off by a long name" "$(
	python3 - "$lab" <<-'END'
	import sys
	from importlib.machinery import SourceFileLoader
	lab = SourceFileLoader("lab", sys.argv[1]).load_module()
	for width in (79, 30, 12):
	    print(lab.fitted("010-workload 6.12 swap=nbd nic=virtio mem=192",
	                     "run 3 of 10    12 s  pages=5 requests=7", width))
	END
	)" "010-workload 6.12 swap=nbd nic=virtio…  run 3 of 10    12 s  pages=5 requests=7
run 3 of 10    12 s  pages=5 r
run 3 of 10 "
mkdir -p "$tmp/kept/runs"
cp -r "$TESTS/data/lab/nbd-virtio" "$tmp/kept/runs/001"
jq -nc '{cell: {name: "010-workload 6.12 nic=virtio", params: {swap: "nbd"}},
	run: 1, dir: "runs/001", verdict: "COMPLETED", expected: "HUNG",
	broken_reason: null, started: "2026-11-22T12:00:00Z", seconds: 30,
	host: {accel: "tcg", load1: 0}}' >"$tmp/kept/results.jsonl"
cp "$tmp/kept/results.jsonl" "$tmp/as-it-was"
"$lab" judge "$tmp/kept" >/dev/null
is "judge: a kept run gets the verdict that its files say" \
	"$(jq -r .verdict "$tmp/kept/results.jsonl")" HUNG
is "judge: and its diagnosis" \
	"$(jq -r .circle "$tmp/kept/runs/001/diagnosis.json")" nic-refill-reclaim

# emulated CONSOLE-LINE: the verdict of the same run with that line
emulated() {
	cp "$tmp/as-it-was" "$tmp/kept/results.jsonl"
	cp "$TESTS/data/lab/nbd-virtio/console.log" "$tmp/kept/runs/001"
	echo "$1" >>"$tmp/kept/runs/001/console.log"
	"$lab" judge "$tmp/kept" >/dev/null
	jq -r '"\(.verdict) \(.broken_reason)"' "$tmp/kept/results.jsonl"
}
is "judge: a stale int3" "$(emulated "[   25.4] Oops: int3: 0000 [#1] SMP")" \
	"BROKEN the emulator ran into a stale int3"
is "judge: flags that no CPU has" \
	"$(emulated "[   25.4] RSP: 0018:ffffcdce004f7940 EFLAGS: c8984302")" \
	"BROKEN the emulator made flags that no CPU has"
is "judge: flags that one may have" \
	"$(emulated "[   25.4] RSP: 0018:ffffcdce004f7940 EFLAGS: 00210246")" \
	"HUNG null"

# Two hours of runs must not go because one file is lost.
lost() {
	local verb=$1
	shift
	"$@" "$tmp/kept/results.jsonl"
	"$lab" judge "$tmp/kept" >/dev/null
	is "judge: a results.jsonl that was $verb is made of the runs" \
		"$(jq -r '"\(.verdict) \(.dir)"' "$tmp/kept/results.jsonl")" \
		"HUNG runs/001"
}
lost removed rm
lost emptied truncate -s 0
mkdir "$tmp/other"
ok "judge: no run in it" fails 2 "no run in it" "$lab" judge "$tmp/other"
is "judge: nothing is left there" "$(ls "$tmp/other")" ""

# The runs of several days make one proof, if they are of one kernel.
"$lab" keep "$tmp/kept" "$tmp/kept.jsonl" >"$tmp/told"
is "keep: says what it has added" "$(cat "$tmp/told")" \
	"1 runs added to $tmp/kept.jsonl, which has 1"
"$lab" keep "$tmp/kept" "$tmp/kept.jsonl" >"$tmp/told"
is "keep: a run is added once" "$(cat "$tmp/told")" \
	"0 runs added to $tmp/kept.jsonl, which has 1"
is "keep: a line for tables" \
	"$(jq -c '[.cell.name, .verdict, .started, .host.accel]' \
	"$tmp/kept.jsonl")" \
	'["010-workload 6.12 nic=virtio","HUNG","2026-11-22T12:00:00Z","tcg"]'
is "had: runs of this kernel count, not others, nor what is not run" "$(
	python3 - "$lab" "$tmp/had.jsonl" <<-'END'
	import json, sys
	from importlib.machinery import SourceFileLoader
	from pathlib import Path
	lab = SourceFileLoader("lab", sys.argv[1]).load_module()
	lab.guest.kernel_dir = {k: Path(f"/cache/{k}_new")
	                        for k in ("mine", "your")}.__getitem__
	with open(sys.argv[2], "w") as file:
	    for cell, of, verdict in (("a mine", "mine_new", "HUNG"),
	                              ("b mine", "mine_old", "HUNG"),
	                              ("c mine", "mine_new", "BROKEN"),
	                              ("d your", "your_new", "COMPLETED"),
	                              ("e your", None, "COMPLETED"),
	                              ("f unbuilt", "any", "HUNG")):
	        print(json.dumps({"cell": {"name": cell}, "kernel_id": of,
	                          "verdict": verdict}), file=file)
	cells = {name: name.split()[1] for name in (
	    "a mine", "b mine", "c mine", "d your", "e your")}
	print(*(r["cell"]["name"]
	        for r in lab.had_before(sys.argv[2], cells)),
	      lab.had_before(None, cells))
	END
	)" "a mine d your []"
ok "had: no such file" fails 2 "$tmp/nothing" run smoke --had "$tmp/nothing"

# at_rest BPF-JSON KERNEL: which of the counts of a run that completed agree
at_rest() {
	{
		printf 'delta_%s\n' $2
		printf '@@BEGIN netswap.json\n%s\n@@END netswap.json\n' \
			"{\"counters\": {$1}}"
	} >"$tmp/result.txt"
	PYTHONPATH=$TESTS/vm python3 - "$tmp" <<-END
	import sys, pathlib
	from nswlab import verdict
	run = pathlib.Path(sys.argv[1])
	print(*(c["equal"] for c in verdict.counts(run, verdict.values(run),
	                                           "nfs41")))
	END
}
is "drops: equal" "$(at_rest '"pfmemalloc_drops_sk_filter": 7' \
	PFMemallocDrop=7)" True
is "drops: one less" "$(at_rest '"pfmemalloc_drops_sk_filter": 6' \
	PFMemallocDrop=7)" False
is "reclaims: with retries" "$(at_rest '"direct_reclaim": 100' \
	allocstall=200)" True
is "reclaims: more than each could be retried" \
	"$(at_rest '"direct_reclaim": 100' allocstall=203)" False
is "reclaims: fewer than BPF's" \
	"$(at_rest '"direct_reclaim": 100' allocstall=99)" False
bytes='"swap_bytes_nfs_out": 4096, "swap_errors_block": 0, "swap_errors_fs"'
is "bytes: a request failed" "$(at_rest "$bytes: 1" pswpout=33)" True
is "bytes: more than that" "$(at_rest "$bytes: 1" pswpout=34)" False
is "bytes: none failed" "$(at_rest "$bytes: 0" pswpout=2)" False

# A limit on the size of files is as good as a full disk.
ok "results that can't be written" fails 2 "cannot write the results: " \
	bash -c "ulimit -f 1; '$lab' judge '$tmp/kept'"
ok "judge: nothing there" fails 2 "$tmp/none" "$lab" judge "$tmp/none"
ok "new" "$tmp/vm/new" 900-made-here
ok "what it made is a scenario" sh -c \
	"'$tmp/vm/lab' list | grep -q '^900-made-here: '"
ok "new: a bad name" fails 2 "usage: new NNN-slug" "$tmp/vm/new" Wrong
ok "new: a name that is taken" fails 1 "exists" "$tmp/vm/new" 900-made-here
done_testing
