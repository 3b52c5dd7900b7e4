#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# systemd's units, TLS and a password by nginx before a unix socket, and a
# Prometheus that has both: all as docs/export.md has it, with other paths.
# Catches: a page that tells what does not work.
set -u
. "$TESTS/lib/tap.sh"
. "$TESTS/lib/export.sh"
. "$TESTS/lib/prometheus.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root, for nginx"
command -v nginx >/dev/null || skip_all "needs nginx"
command -v prometheus >/dev/null || skip_all "needs prometheus"
exporter='' prometheus='' nginx=''
tap_cleanup() {
	local pid
	for pid in $exporter $prometheus $nginx; do
		kill "$pid"
		wait "$pid"
	done
}
port=$(free_port 19894)

# The fenced block of docs/export.md in language $1, made to be of this test.
block() {
	awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' \
		"$TESTS/../docs/export.md" |
		sed "s,/etc/netswap,$tmp,; s,/run/netswap,$tmp,
			s,9894,$port,; s,^scrape_configs,global: { scrape_interval: 1s }\n&,"
}
# systemd's units, each below a line with its path.
if command -v systemd-analyze >/dev/null; then
	mkdir "$tmp/units"
	block ini | sed "s,/usr/local/sbin/netswap,$(realpath "$NETSWAP")," |
		awk -v dir="$tmp/units/" '/^# \/etc/ { sub(".*/", ""); name = $0
			next } { print > (dir name) }'
	ok "units: $(cd "$tmp/units" && echo *)" \
		systemd-analyze verify "$tmp"/units/*.service
else
	skip "units" "needs systemd-analyze"
fi
# nginx is in the group of the socket, as that page has it, and not root.
me=$(export_user)
group=$(id -gn "$me")
chmod 711 "$tmp"
block nginx >"$tmp/netswap.conf"
block yaml >"$tmp/prometheus.yml"
cat >"$tmp/nginx.conf" <<EOF
daemon off;
user www-data $group;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events {}
http {
	access_log off;
	include $tmp/netswap.conf;
}
EOF
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -keyout "$tmp/tls.key" \
	-out "$tmp/tls.crt" 2>/dev/null
printf secret >"$tmp/password"
echo "prometheus:$(openssl passwd -6 secret)" >"$tmp/htpasswd"

"$NETSWAP" export -l "unix:$tmp/export.sock" 2>"$tmp/export.err" &
exporter=$!
ok "netswap export" answers http://x/healthz --unix-socket "$tmp/export.sock"
is "its socket: mode, user, group" "$(stat -c '%a %U %G' "$tmp/export.sock")" \
	"660 $me $group"
# Somebody else, in the groups that are given.
stranger() {
	setpriv --reuid 54321 --regid 54321 "$@" curl -s -o /dev/null \
		-w '%{http_code}' --unix-socket "$tmp/export.sock" http://x/metrics
}
is "others may not ask there" "$(stranger --clear-groups)" 000
is "who is in the group may" "$(stranger --groups "$(id -g "$me")")" 200
nginx -c "$tmp/nginx.conf" 2>"$tmp/nginx.err" &
nginx=$!
url=https://localhost:$port
ask() { status --cacert "$tmp/tls.crt" "$@"; }
ok "nginx" answers "$url/" --cacert "$tmp/tls.crt"
is "with the password" "$(ask -u prometheus:secret "$url/metrics")" 200
is "without" "$(ask "$url/metrics")" 401
is "with a wrong one" "$(ask -u prometheus:x "$url/metrics")" 401
is "without TLS" "$(status "http://localhost:$port/metrics")" 400
is "nothing but /metrics" "$(ask -u prometheus:secret "$url/healthz")" 404
ok "the numbers" bash -c "curl -s --cacert $tmp/tls.crt -u prometheus:secret \
	$url/metrics | promtool check metrics"
ok "Prometheus" start_prometheus "$tmp/prometheus.yml" "$tmp/data"
ok "scrapes it" until_is 'up{job="netswap"}' 1
done_testing
