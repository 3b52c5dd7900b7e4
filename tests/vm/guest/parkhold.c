// SPDX-License-Identifier: GPL-2.0
/*
 * parkhold: programs that do not read what they are sent
 *
 * A tap device of the given name, and, from SIGUSR1 on, a packet socket for the
 * datagrams of IPv4 that come in by an interface.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../util.h"

#define RCVBUF_BYTES	(2 << 20)
#define TAP_PACKETS	4096	/* so that it is not full of others at once */

static void on_signal(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	/* Is the protocol, of a packet that begins with Ethernet's header, UDP? */
	struct sock_filter udp[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { 4, udp };
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
	};
	struct ifreq tap = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	struct sigaction action = { .sa_handler = on_signal };
	int device, packets, bytes = RCVBUF_BYTES;

	if (argc != 3) {
		fputs("usage: parkhold TAP INTERFACE\n", stderr);
		return 2;
	}
	device = open("/dev/net/tun", O_RDWR);
	strncpy(tap.ifr_name, argv[1], IFNAMSIZ - 1);
	if (device < 0 || ioctl(device, TUNSETIFF, &tap))
		die(argv[1]);
	address.sll_ifindex = if_nametoindex(argv[2]);
	/* Nothing is queued for a socket of no protocol. */
	packets = socket(AF_PACKET, SOCK_RAW, 0);
	if (!address.sll_ifindex || packets < 0 ||
	    setsockopt(packets, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		       sizeof(filter)) ||
	    setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		       sizeof(bytes)))
		die(argv[2]);
	tap.ifr_qlen = TAP_PACKETS;
	if (ioctl(packets, SIOCSIFTXQLEN, &tap))
		die(argv[1]);
	tap.ifr_flags = IFF_UP;
	if (ioctl(packets, SIOCSIFFLAGS, &tap))
		die(argv[1]);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	sigaction(SIGUSR1, &action, NULL);
	puts("ready");
	fflush(stdout);
	pause();
	if (bind(packets, (struct sockaddr *)&address, sizeof(address)))
		die(argv[2]);
	pause();
	return 0;
}
