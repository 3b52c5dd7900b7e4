#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: connecting to NVMe over TCP and disconnecting leaves no memalloc socket
# pressure: none
# param swap=none
# param cycles=20	times
# param leak=0		what memalloc_socks_key grows by in each
# param reserves=0	1: the kernel has mm/mem_reserve.c, see kernel-patches/
#
# Both ends are in the guest: a target of the kernel's own, of a RAM disk, is
# connected to over loopback, swapped to and disconnected from.  The sockets of
# the host's side, one for the admin queue and one for the I/O queue, are
# SOCK_MEMALLOC, and a stock kernel counts them for ever.

cycles=$(parameter cycles)
NQN=nqn.2026-11.org.example:netswap
CONFIG=/sys/kernel/config
PORT=4420

target_start() {
	local subsystem=$CONFIG/nvmet/subsystems/$NQN port=$CONFIG/nvmet/ports/1

	mount -t configfs configfs $CONFIG || broken "no configfs"
	mkdir -p "$subsystem/namespaces/1" $port || broken "no nvmet"
	echo 1 >"$subsystem/attr_allow_any_host"
	echo /dev/ram0 >"$subsystem/namespaces/1/device_path"
	echo 1 >"$subsystem/namespaces/1/enable"
	echo tcp >$port/addr_trtype
	echo ipv4 >$port/addr_adrfam
	echo 127.0.0.1 >$port/addr_traddr
	echo $PORT >$port/addr_trsvcid
	# The target listens from now on.
	ln -s "$subsystem" $port/subsystems/$NQN || broken "nvmet: no port"
}

controllers() {
	ls /sys/class/nvme
}

device() {
	find /sys/block -name 'nvme*n*' | head -n 1
}

device_is_ready() {
	[ "$(device)" ] && [ "$(cat "$(device)/size")" -gt 0 ] &&
		[ -b "/dev/$(basename "$(device)")" ]
}

no_controller() {
	[ ! "$(controllers)" ]
}

nvme_connect() {
	echo "transport=tcp,traddr=127.0.0.1,trsvcid=$PORT,nqn=$NQN,nr_io_queues=1" \
		2>/run/nvme >/dev/nvme-fabrics || broken "nvme: no connection"
	wait_for 10 device_is_ready || broken "nvme: no device"
}

nvme_disconnect() {
	echo 1 >"/sys/class/nvme/$(controllers)/delete_controller" ||
		broken "nvme: no disconnection"
	wait_for 10 no_controller || broken "nvme: the controller stays"
}

netswap_start
target_start
netswap_report before.json
report phase load
i=0
while [ $i -lt "$cycles" ]; do
	nvme_connect
	if [ $i = 0 ]; then
		netswap_report connected.json
		report reserved_connected "$(reserved_connections)"
	fi
	disk=/dev/$(basename "$(device)")
	mkswap "$disk" >/dev/null || broken "mkswap failed"
	swapon "$disk" || broken "swapon failed"
	swapoff "$disk" || broken "swapoff failed"
	nvme_disconnect
	i=$((i + 1))
done
report reserved_after "$(reserved_connections)"
# The key follows the last socket after a second.
sleep 2
netswap_report after.json
netswap_stop
verdict COMPLETED
