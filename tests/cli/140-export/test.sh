#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# netswap export without BPF: where it listens, what it answers to whom, files,
# and what clients should not do.  Catches: a format that does not fit its
# content type, a file that can be read half, a client that keeps out others
# or makes it grow.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/export.sh"
command -v promtool >/dev/null || skip_all "needs promtool"
exporter=
tap_cleanup() { [ -z "$exporter" ] || kill "$exporter"; }
export ASAN_OPTIONS=quarantine_size_mb=1
here=$(dirname "$0")
# 3, or 0 where somebody has loaded the programs.
usual() { [ "$1" = 3 ] || [ "$1" = 0 ]; }
port=$(free_port 19893)
url=http://127.0.0.1:$port

for w in 9893 :9893 127.0.0.1 127.0.0.1: localhost:9893 127.0.0.1:70000 \
	127.0.0.1:0 127.0.0.1:-1 300.0.0.1:9893 [::1:9893 unix: "unix:$(printf '%0200d' 0)"; do
	ok "--listen $w" fails 2 "give ADDR:PORT" "$NETSWAP" export -l "$w"
done
ok "--listen where nothing can be" fails 1 "cannot listen" \
	"$NETSWAP" export -l unix:/nonexistent/x
ok "--user nobody knows" fails 2 "is no user" "$NETSWAP" export -u no-such-user
ok "--interval of nothing" fails 2 "--textfile" "$NETSWAP" export -i 1

is "who does not serve does not load what serving needs" \
	"$(ldd "$NETSWAP" | grep -cE 'microhttpd|gnutls')" 0
me=$(export_user)
# A directory of its own, and the way to it.
chmod 711 "$tmp"
mkdir "$tmp/own"
[ "$me" = "$(id -un)" ] || chown "$me:" "$tmp/own"
ok "serves" start_export "$url/healthz" -l "127.0.0.1:$port"
is "as $me without a capability, in every thread" "$(rights)" "$(no_rights "$me")"
ok "a second one on the port" fails 1 "in use" timeout 10 "$NETSWAP" export \
	-l "127.0.0.1:$port"
is "unknown path" "$(status "$url/")" 404
is "POST" "$(status -d x=1 "$url/metrics")" 405
is "HEAD" "$(status -I "$url/metrics")" 200
is "on loopback only" "$(ss -Hltn "sport = :$port" | awk '{print $4}')" \
	"127.0.0.1:$port"
# What clients say they want, and what they get.
is "curl" "$(header content-type "$url/metrics")" \
	"text/plain; version=0.0.4; charset=utf-8"
while read -r want accept; do
	is "Accept: $accept" "$(header content-type -H "Accept: $accept" \
		"$url/metrics" | cut -d ';' -f 1)" "$want"
done <<'EOF'
application/openmetrics-text application/openmetrics-text
application/openmetrics-text application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.7,*/*;q=0.1
application/openmetrics-text text/plain;q=0.5, APPLICATION/OpenMetrics-Text ; q=0.6
text/plain application/openmetrics-text;q=0.5,text/plain
text/plain application/openmetrics-text;q=0
text/plain application/openmetrics-textual
text/plain application/openmetrics-text;q=x
text/plain text/html,*/*
text/plain ,;,q=;;=,
EOF
curl -s -H "$om" "$url/metrics" >"$tmp/om"
ok "OpenMetrics: by the rules" python3 "$TESTS/lib/openmetrics.py" "$tmp/om"
curl -s "$url/metrics" >"$tmp/prom"
ok "Prometheus text: by promtool" promtool check metrics <"$tmp/prom"
is "both say the same" \
	"$(grep -v '^#' "$tmp/om" | cut -d ' ' -f 1 | sort)" \
	"$(grep -v '^#' "$tmp/prom" | cut -d ' ' -f 1 | sort)"

# What the audit says, as its exit code: 0 safe, 1 not, 3 it can't tell.
"$NETSWAP" audit >/dev/null
case $? in
0) verdict=1 ;;
1) verdict=0 ;;
*) verdict= ;;
esac
is "the audit's verdict" \
	"$(sed -n 's/^netswap_swap_path_safe //p' "$tmp/prom")" "$verdict"

# Sockets it holds; a connection that was just ended may still be one.
sockets() { find /proc/$exporter/fd -lname 'socket:*' | wc -l; }
held=$(sockets)
abuse() { python3 "$here/abuse.py" "$port" "$1"; }
ok "odd requests" abuse odd
ok "a thousand at once" abuse flood
before=$(memory VmHWM)
abuse loris >"$tmp/loris" 2>&1 &
loris=$!
most=0
while kill -0 "$loris" 2>/dev/null; do
	now=$(sockets)
	[ "$now" -le "$most" ] || most=$now
	sleep 0.2
done
slow() { cat "$tmp/loris"; wait "$loris"; }
ok "slow clients" slow
# NSW_HTTP_CONNECTIONS of the 64 that they are; it may have a socket or two of
# its own for a moment, to look at those of the machine.
ok "have no more than 32 connections at once ($most sockets)" \
	[ "$most" -gt 30 -a "$most" -le $((held + 34)) ]
ok "odd ones again" abuse odd
ok "and a thousand" abuse flood
grown=$(($(memory VmHWM) - before))
ok "without growing ($grown kB)" [ "$grown" -le 512 ]
settled() {
	local i
	for i in $(seq 100); do
		[ "$(sockets)" = "$held" ] && return 0
		sleep 0.1
	done
	ls -l /proc/$exporter/fd
	return 1
}
ok "all connections are gone" settled
stop_export
ok "ends at SIGTERM with the usual exit code" usual $?
# But that root may not raise a limit, on some machines.
words() { grep -v "^netswap: warning: .*RLIMIT_MEMLOCK" "$1"; }
is "without a word" "$(words "$tmp/export.err")" ""
if [ "$(id -u)" = 0 ]; then
	ok "serves as root" start_export "$url/healthz" -l "127.0.0.1:$port" \
		--user root
	is "which it stays" "$(rights | grep -E 'Uid|NoNew')" \
		"$(printf '%s\n' "NoNewPrivs: 0" "Uid: 0 0 0 0")"
	is "and says so, once" "$(cat "$tmp/export.err")" \
		"netswap: warning: export: stays root, with all its rights: '--user root'"
	stop_export
	# Started as another by who gives it a capability.
	cp "$NETSWAP" "$tmp/netswap"
	setpriv --reuid "$me" --regid "$(id -g "$me")" --clear-groups \
		--inh-caps +dac_read_search --ambient-caps +dac_read_search \
		"$tmp/netswap" export -l "127.0.0.1:$port" \
		2>"$tmp/export.err" &
	exporter=$!
	ok "serves as $me with a capability" answers "$url/healthz"
	is "which it gives up" "$(rights)" "$(no_rights "$me")"
	stop_export
else
	ok "does not become root" fails 1 "cannot become 'root'" \
		"$NETSWAP" export -l "127.0.0.1:$port" --user root
fi
if ss -Hltn "sport = :9893" | grep -q .; then
	skip "where it listens untold" "somebody listens on port 9893"
else
	ok "serves untold" start_export http://127.0.0.1:9893/healthz
	is "on loopback only" \
		"$(ss -Hltn "sport = :9893" | awk '{print $4}')" 127.0.0.1:9893
	stop_export
fi


# A unix socket: for its user and group alone; what a dead one left is no
# obstacle, what a living one has is.
sock=$tmp/own/socket
"$NETSWAP" export -l "unix:$sock" 2>"$tmp/export.err" &
exporter=$!
ok "unix socket" answers http://localhost/healthz --unix-socket "$sock"
is "of mode" "$(stat -c '%a %U %G' "$sock")" "660 $me $(id -gn "$me")"
ok "answers there" bash -c "curl -s --unix-socket $sock http://x/metrics |
	grep -q ^netswap_loaded"
ok "a second one on it" fails 1 "in use" timeout 10 "$NETSWAP" export \
	-l "unix:$sock"
kill -KILL "$exporter"
wait "$exporter" 2>/dev/null
"$NETSWAP" export -l "unix:$sock" 2>"$tmp/export.err" &
exporter=$!
ok "after one that was killed" answers http://localhost/healthz \
	--unix-socket "$sock"
stop_export
ok "leaves no socket" [ ! -e "$sock" ]
touch "$sock"
ok "a file in its place is left alone" fails 1 "in use" timeout 10 \
	"$NETSWAP" export -l "unix:$sock"
if [ "$(id -u)" = 0 ]; then
	# It may not remove it where root alone may write.
	sock=$tmp/socket
	for n in first second; do
		"$NETSWAP" export -l "unix:$sock" 2>"$tmp/export.err" &
		exporter=$!
		ok "in a directory of root, the $n time" answers \
			http://localhost/healthz --unix-socket "$sock"
		stop_export
	done
fi

# The socket that systemd passes; its own tool does that here.
if command -v systemd-socket-activate >/dev/null; then
	port=$(free_port "$port")
	systemd-socket-activate -l "127.0.0.1:$port" "$NETSWAP" export \
		>/dev/null 2>"$tmp/export.err" &
	exporter=$!
	ok "socket activation" answers "http://127.0.0.1:$port/healthz"
	stop_export
else
	skip "socket activation" "needs systemd-socket-activate"
fi
passed() { LISTEN_FDS=$1 timeout 10 bash -c "export LISTEN_PID=\$\$; exec \
	$NETSWAP export" 3<>"$2"; }
ok "what is passed is no socket" fails 1 "no listening socket" \
	passed 1 /dev/null
ok "what is passed does not listen" fails 1 "no listening socket" \
	passed 1 /dev/udp/127.0.0.1/9
ok "two sockets" fails 2 "2 sockets were passed" passed 2 /dev/null
elsewhere() { LISTEN_PID=1 LISTEN_FDS=1 "$NETSWAP" export \
	-t "$tmp/other.prom"; usual $?; }
ok "a variable of another process" elsewhere

# Files for node_exporter.
file=$tmp/netswap.prom
once() { "$NETSWAP" export -t "$file"; usual $?; }
ok "textfile" once
ok "by promtool" promtool check metrics <"$file"
is "readable by others" "$(stat -c %a "$file")" 644
ok "textfile nowhere" fails 1 "cannot write" "$NETSWAP" export \
	-t /nonexistent/x.prom
ok "textfile is a directory" fails 1 "is no file" "$NETSWAP" export -t "$tmp"
mkfifo "$tmp/fifo"
ok "textfile is a pipe" fails 1 "is no file" "$NETSWAP" export -t "$tmp/fifo"
ok "which stays" [ -p "$tmp/fifo" ]
if [ "$(id -u)" = 0 ]; then
	denied() {
		local code
		timeout 10 "$NETSWAP" export -t "$file" \
			-l "127.0.0.1:$port" 2>"$tmp/denied"
		code=$?
		words "$tmp/denied" >&2
		return $code
	}
	ok "again and again, where it may not" fails 1 \
		"give its directory to user $me" denied
	is "once is done by root" "$(stat -c %U "$file")" root
fi
file=$tmp/own/netswap.prom
"$NETSWAP" export -t "$file" -i 0.01 2>"$tmp/export.err" &
exporter=$!
written() {
	local i
	for i in $(seq 100); do
		[ ! -e "$file" ] || return 0
		sleep 0.1
	done
	return 1
}
ok "is written" written
renewed() {
	local inode i
	inode=$(stat -c %i "$file")
	for i in $(seq 50); do
		[ "$(stat -c %i "$file")" = "$inode" ] || return 0
		sleep 0.1
	done
	return 1
}
ok "is written again" renewed
whole() {
	local n last
	last=$(tail -n 1 "$file" | cut -d ' ' -f 1)
	for n in $(seq 300); do
		[ "$(tail -n 1 "$file" | cut -d ' ' -f 1)" = "$last" ] ||
			return 1
	done
}
ok "is never read half" whole
stop_export
is "written by" "$(stat -c %U "$file")" "$me"
is "leaves nothing beside it" "$(find "$tmp" -name 'netswap.prom.*')" ""
done_testing
