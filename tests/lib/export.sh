# SPDX-License-Identifier: GPL-2.0
# export.sh - start netswap export for a test, and ask it.
# shellcheck shell=bash

# A port that nobody listens on, above $1; another one each time, as somebody
# else may be about to.
free_port() {
	local port=$(($1 + RANDOM % 1000))
	while ss -Hltn "sport = :$((++port))" | grep -q .; do :; done
	echo "$port"
}

# start_export URL ARG...: in $exporter, once it answers at URL.
start_export() {
	local url=$1
	shift
	"$NETSWAP" export "$@" >"$tmp/export.out" 2>"$tmp/export.err" &
	exporter=$!
	answers "$url"
}

# Within 10 s.  $1: URL; more: curl's options
answers() {
	local i url=$1
	shift
	for i in $(seq 100); do
		curl -s -o /dev/null "$@" "$url" && return 0
		sleep 0.1
	done
	cat "$tmp/export.err"
	return 1
}

# Ends it; its exit code.
stop_export() {
	local code
	kill "$exporter" 2>/dev/null
	wait "$exporter"
	code=$?
	exporter=
	return $code
}

# Who netswap export goes on as when it is told nobody: root does not stay.
export_user() {
	[ "$(id -u)" = 0 ] || { id -un; return; }
	getent passwd netswap >/dev/null && echo netswap || echo nobody
}
# What the exporter may do: user and group of every thread, whether any has a
# capability or is one away.
rights() {
	cat /proc/$exporter/task/*/status | awk '
		$1 == "Uid:" || $1 == "Gid:" { print $1, $2, $3, $4, $5 }
		/^Cap(Inh|Prm|Eff|Amb)|^NoNewPrivs/ { print $1, $2 }' | sort -u
}
# What that is of user $1 without any.
no_rights() {
	local u g
	u=$(id -u "$1") g=$(id -g "$1")
	printf 'Cap%s: 0000000000000000\n' Amb Eff Inh Prm
	printf '%s: %s %s %s %s\n' Gid "$g" "$g" "$g" "$g"
	echo "NoNewPrivs: 1"
	printf '%s: %s %s %s %s\n' Uid "$u" "$u" "$u" "$u"
}

om='Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
# The header of a reply: header NAME CURL-ARG...
header() { curl -s -o /dev/null -D - "${@:2}" | tr -d '\r' |
	sed -n "s/^$1: //Ip"; }
# The status of a reply.
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
# Memory of the exporter, kB: VmRSS now, VmHWM at most.
memory() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$exporter/status"; }
