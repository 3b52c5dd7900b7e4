#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh: boot a guest which swaps over the network, run one scenario in it
#
# Starts an NBD server and, if the scenario asks, a flood, both on the loopback
# address; boots the guest; waits for its verdict; leaves nothing running.  A
# scenario that needs nfs gets an NFS server in place of the NBD server, or
# beside it if it names nbd as well.
# Prints the verdict and exits 0 when there is one, whatever it is: only a lab
# that did not work (BROKEN) is a failure here, what a verdict means is for the
# caller to say.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

usage() {
	cat >&2 <<-END
	usage: run.sh --kernel NAME --scenario FILE --out DIR
	              [--nic vmxnet3|e1000e|virtio] [--mem MiB] [--cpus N]
	              [--timeout SECONDS] [--bin FILE]... [--append STRING]
	              [--console]
	--console  gives the guest's first serial port this terminal
	           (Ctrl-A X ends the guest)
	END
	exit 2
}

die() {
	echo "run.sh: $*" >&2
	exit 1
}

kernel='' scenario='' out='' nic=vmxnet3 mem=256 cpus=2 timeout=180
console='' append='' bins=()
while [ $# -gt 0 ]; do
	case $1 in
	--console)	console=1; shift; continue ;;
	esac
	[ $# -ge 2 ] || usage
	case $1 in
	--kernel)	kernel=$2 ;;
	--scenario)	scenario=$2 ;;
	--out)		out=$2 ;;
	--nic)		nic=$2 ;;
	--mem)		mem=$2 ;;
	--cpus)		cpus=$2 ;;
	--timeout)	timeout=$2 ;;
	--bin)		bins+=(--bin "$2") ;;
	--append)	append=$2 ;;
	*)		usage ;;
	esac
	shift 2
done
if [ -z "$kernel" ] || [ -z "$scenario" ] || [ -z "$out" ]; then
	usage
fi
case $nic in
vmxnet3|e1000e)	nic_module=$nic nic_device=$nic ;;
virtio)		nic_module=virtio_net nic_device=virtio-net-pci ;;
*)		usage ;;
esac

[ -r "$scenario" ] || die "cannot read scenario $scenario"
# The head of a scenario says what of the host it needs.
needs=$(sed -n 's/^# needs: //p' "$scenario")
case " $needs " in
*" nbd "*|*" nfs "*)	;;
*)			needs="nbd $needs" ;;
esac
guest_modules=(--module "$nic_module")
tools_needed=(qemu-system-x86_64:qemu-system-x86)
case " $needs " in
*" nbd "*)
	guest_modules+=(--module nbd)
	tools_needed+=(nbd-server:nbd-server)
	;;
esac
case " $needs " in
*" nfs "*)
	guest_modules+=(--module nfsv4)
	tools_needed+=("ganesha.nfsd:nfs-ganesha and nfs-ganesha-vfs")
	;;
esac
for tool in "${tools_needed[@]}"; do
	command -v "${tool%%:*}" >/dev/null ||
		die "no ${tool%%:*}: install ${tool#*:}"
done
[ "$nic" != virtio ] ||
	guest_modules=(--module virtio_pci "${guest_modules[@]}")

mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/{result.txt,console.log,qemu.log,nbd-server.log,initramfs.gz}
rm -rf "$out"/ganesha*

nbd_pid='' nfs_pid='' blast_pid='' qemu_pid='' tty_state=''

cleanup() {
	local pid

	# The NFS server has nothing to save, and takes its time to stop.
	[ -z "$nfs_pid" ] || kill -KILL "$nfs_pid" 2>/dev/null || true
	for pid in $qemu_pid $blast_pid $nbd_pid $nfs_pid; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ -z "$tty_state" ] || stty "$tty_state" || true
	# As large as what was swapped, and of no use to anyone.
	rm -f "$out"/{swap.img,nbd-server.conf,flood-port,initramfs.gz}
	rm -rf "$out"/ganesha
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# wait_until SECONDS COMMAND...
wait_until() {
	local deadline=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
}

running() {
	kill -0 "$1" 2>/dev/null
}

ended() {
	! running "$1"
}

# Not by connecting: nbd-server -d serves one connection and ends.  tcp6 as
# well: ganesha listens on 127.0.0.1 through a socket of that family.
port_listens() {
	grep -qsiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F:]+ 0A " \
		/proc/net/tcp /proc/net/tcp6
}

nbd_settled() {
	port_listens "$nbd_port" || ! running "$nbd_pid"
}

start_nbd_server() {
	truncate -s 1G "$out/swap.img"
	for _ in 1 2 3 4 5 6 7 8; do
		nbd_port=$((20000 + RANDOM % 10000))
		port_listens "$nbd_port" && continue
		cat >"$out/nbd-server.conf" <<-END
		[generic]
		listenaddr = 127.0.0.1
		port = $nbd_port
		[swap]
		exportname = $out/swap.img
		END
		# -d: stay this one process, with the pid that we know.
		nbd-server -d -C "$out/nbd-server.conf" \
			>"$out/nbd-server.log" 2>&1 &
		nbd_pid=$!
		wait_until 5 nbd_settled || true
		running "$nbd_pid" && return
	done
	die "nbd-server: $(tail -n 1 "$out/nbd-server.log")"
}

nfs_settled() {
	grep -q 'NFS SERVER INITIALIZED' "$out/ganesha.log" 2>/dev/null ||
		! running "$nfs_pid"
}

# Exports $out/ganesha/swap, with a swap file in it, as /swap.
start_nfs_server() {
	local dir=$out/ganesha

	# File handles which outlive an open file take CAP_DAC_READ_SEARCH.
	[ "$(id -u)" = 0 ] || die "the NFS server must be started as root"
	mkdir -p "$dir"/{swap,recovery}
	# Written, not only allocated: NFS does not swap to a file with holes,
	# and every swap write is synchronous, on ext4 with a commit of the
	# journal for each extent which it is the first to write to.
	(umask 077 && head -c 512M /dev/zero >"$dir/swap/file")
	mkswap "$dir/swap/file" >/dev/null
	for _ in 1 2 3 4 5 6 7 8; do
		nfs_port=$((20000 + RANDOM % 10000))
		port_listens "$nfs_port" && continue
		# NFSv4 alone needs no rpcbind, and no grace period lets the
		# guest open the file at once.
		cat >"$dir/ganesha.conf" <<-END
		NFS_CORE_PARAM {
			Protocols = 4;
			NFS_Port = $nfs_port;
			Bind_addr = 127.0.0.1;
			Enable_NLM = false;
			Enable_RQUOTA = false;
			Enable_UDP = false;
		}
		NFSV4 {
			Graceless = true;
			Minor_Versions = 1, 2;
			RecoveryBackend = fs;
			RecoveryRoot = "$dir/recovery";
			Only_Numeric_Owners = true;
		}
		NFS_KRB5 {
			Active_krb5 = false;
		}
		EXPORT {
			Export_Id = 1;
			Path = "$dir/swap";
			Pseudo = /swap;
			Protocols = 4;
			Transports = TCP;
			Access_Type = RW;
			Squash = No_Root_Squash;
			SecType = sys;
			Disable_ACL = true;
			FSAL {
				Name = VFS;
			}
		}
		LOG {
			Default_Log_Level = EVENT;
		}
		END
		rm -f "$out/ganesha.log"
		# -F: stay this one process, with the pid that we know.
		ganesha.nfsd -F -f "$dir/ganesha.conf" -L "$out/ganesha.log" \
			-p "$dir/pid" </dev/null >/dev/null 2>&1 &
		nfs_pid=$!
		wait_until 15 nfs_settled || true
		running "$nfs_pid" && port_listens "$nfs_port" && break
		kill -KILL "$nfs_pid" 2>/dev/null || true
		wait "$nfs_pid" 2>/dev/null || true
		nfs_pid=''
	done
	[ "$nfs_pid" ] ||
		die "ganesha.nfsd does not start (see $out/ganesha.log)"
	# Without its export, on overlayfs say, it still serves an empty root.
	if grep -qE ' :(FSAL|EXPORT|CONFIG) :CRIT :' "$out/ganesha.log"; then
		die "ganesha.nfsd does not export: $(sed -nE \
			's/.* :(FSAL|EXPORT|CONFIG) :CRIT ://p' \
			"$out/ganesha.log" | head -n 1)"
	fi
}

kernel_dir=$("$here/kernel.sh" "$kernel")
tools=$(dirname "$(dirname "$kernel_dir")")/lab-tools
"$here/build.sh" "$tools"
"$here/initramfs.sh" --kernel-dir "$kernel_dir" --tools "$tools" \
	--scenario "$scenario" --out "$out/initramfs.gz" \
	"${guest_modules[@]}" "${bins[@]}"

# ramfs: the lab's own programs must not be swapped.  The rest of the first
# line ends the guest on a panic, the second is for speed under emulation.
cmdline="console=ttyS0 panic=-1 rootfstype=ramfs"
cmdline+=" mitigations=off no5lvl init_on_alloc=0 apparmor=0"
case " $needs " in
*" nbd "*)
	start_nbd_server
	cmdline+=" netswap.nbd_port=$nbd_port"
	;;
esac
case " $needs " in
*" nfs "*)
	start_nfs_server
	cmdline+=" netswap.nfs_port=$nfs_port"
	;;
esac

netdev=user,id=net
blast=("$tools/blast" -t $((timeout + 10)))
case " $needs " in
*" flood-udp "*)
	udp_port=$((30000 + RANDOM % 2000))
	for ((i = 0; i < 16; i++)); do
		port=$((udp_port + i))
		netdev+=",hostfwd=udp:127.0.0.1:$port-:$port"
	done
	blast+=(-u "$udp_port" -U 16)
	cmdline+=" netswap.flood_udp_port=$udp_port"
	;;
esac
case " $needs " in
*" flood "*|*" flood-udp "*)
	"${blast[@]}" >"$out/flood-port" &
	blast_pid=$!
	wait_until 5 test -s "$out/flood-port" || die "blast does not start"
	;;
esac
case " $needs " in
*" flood "*)
	cmdline+=" netswap.flood_port=$(cat "$out/flood-port")"
	;;
esac

if [ "$console" ]; then
	[ -t 0 ] || die "--console needs a terminal"
	tty_state=$(stty -g)
	size=$(stty size)
	# Kernel messages would write over a full-screen program.
	cmdline+=" loglevel=1 netswap.console=1 netswap.term=${TERM:-vt100}"
	cmdline+=" netswap.rows=${size% *} netswap.cols=${size#* }"
	serial=(-chardev "stdio,id=con,mux=on,signal=off,logfile=$out/console.log"
		-mon chardev=con)
else
	serial=(-chardev "file,id=con,path=$out/console.log")
fi

# A nested /dev/kvm may be there, open, and still abort the first guest.
kvm_works() {
	[ -w /dev/kvm ] &&
		timeout 5 qemu-system-x86_64 -accel kvm -cpu max -S \
			-nodefaults -display none -monitor stdio <<<quit
}

accel=tcg,thread=multi
if (kvm_works || exit 1) >/dev/null 2>&1; then
	accel=kvm
fi

: >"$out/result.txt"
start=$SECONDS
# <&0: a shell gives /dev/null to what it runs in the background.
qemu-system-x86_64 -accel "$accel" -cpu max -smp "$cpus" -m "$mem" \
	-nodefaults -no-user-config -display none -no-reboot \
	-kernel "$kernel_dir"/boot/vmlinuz-* -initrd "$out/initramfs.gz" \
	-append "$cmdline $append" \
	-netdev "$netdev" -device "$nic_device,netdev=net,romfile=" \
	"${serial[@]}" -serial chardev:con \
	-chardev "file,id=res,path=$out/result.txt" -serial chardev:res \
	-device isa-debug-exit,iobase=0xf4,iosize=1 \
	<&0 2>"$out/qemu.log" &
qemu_pid=$!

has_verdict() {
	grep -q '^verdict=' "$out/result.txt"
}

timed_out=''
while running "$qemu_pid"; do
	if has_verdict; then
		# Powering off is no part of the test.
		wait_until 10 ended "$qemu_pid" || true
		break
	fi
	if [ $((SECONDS - start)) -ge "$timeout" ]; then
		timed_out=1
		break
	fi
	sleep 0.2
done 2>/dev/null

if ! has_verdict; then
	if [ "$timed_out" ]; then
		echo "verdict=TIMED-OUT"
	elif grep -qE 'Kernel panic|Oops:' "$out/console.log" 2>/dev/null; then
		echo "verdict=CRASHED"
	else
		echo "broken_reason=the guest ended without a verdict"
		echo "verdict=BROKEN"
	fi >>"$out/result.txt"
fi

verdict=$(sed -n 's/^verdict=//p' "$out/result.txt" | tail -n 1)
echo "$verdict $kernel $nic $((SECONDS - start)) s"
if [ "$verdict" = BROKEN ]; then
	reason=$(sed -n 's/^broken_reason=//p' "$out/result.txt" | head -n 1)
	[ ! -s "$out/qemu.log" ] || reason=$(head -n 1 "$out/qemu.log")
	die "$reason (see $out/console.log)"
fi
