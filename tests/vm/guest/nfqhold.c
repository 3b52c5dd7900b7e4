// SPDX-License-Identifier: GPL-2.0
/*
 * nfqhold: a firewall's program that gives no verdict while memory is short
 *
 * Binds a netfilter queue at SIGUSR1, and takes what the kernel tells of its
 * packets, which stay in the kernel.  At SIGTERM it accepts all of them, and
 * ends.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../util.h"

#define RCVBUF_BYTES	(16 << 20)	/* for all that is queued */

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = sig == SIGTERM;
}

/* A request of one attribute, and the kernel's answer to it. */
static void request(int fd, unsigned int queue, int message, int type,
		    const void *data, size_t bytes)
{
	struct {
		struct nlmsghdr nl;
		struct nfgenmsg nf;
		char attrs[64];
	} m = {
		.nl.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | message,
		.nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.nf.version = NFNETLINK_V0,
		.nf.res_id = htons(queue),
	};
	struct nlattr *attr = (void *)m.attrs;
	static char answer[65536];
	struct nlmsghdr *nl = (void *)answer;
	struct nlmsgerr *err = NLMSG_DATA(nl);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + bytes;
	memcpy((char *)attr + NLA_HDRLEN, data, bytes);
	m.nl.nlmsg_len = NLMSG_LENGTH(sizeof(m.nf)) + NLA_ALIGN(attr->nla_len);
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0)
		die("netlink");
	do {	/* Packets may be told before it. */
		if (recv(fd, answer, sizeof(answer), 0) < 0 && errno != EINTR &&
		    errno != ENOBUFS)
			die("netlink");
	} while (nl->nlmsg_type != NLMSG_ERROR);
	errno = -err->error;
	if (errno)
		die("nfnetlink_queue");
}

int main(int argc, char **argv)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = {
		.copy_mode = NFQNL_COPY_META,
	};
	struct nfqnl_msg_verdict_hdr accept = {
		.verdict = htonl(NF_ACCEPT),
		.id = htonl(0x7fffffff),	/* and all before it */
	};
	struct sigaction action = { .sa_handler = on_signal };
	unsigned long queue = 0, packets = 1024;
	static char message[65536];
	int bytes = RCVBUF_BYTES, fd, opt;
	uint32_t maxlen;

	while ((opt = getopt(argc, argv, "q:n:")) != -1) {
		switch (opt) {
		case 'q':
			queue = number(optarg, 65535);
			break;
		case 'n':
			packets = number(optarg, 1 << 20);
			break;
		default:
			fputs("usage: nfqhold [-q QUEUE] [-n PACKETS]\n",
			      stderr);
			return 2;
		}
	}
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
				 sizeof(bytes)))
		die("netlink");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	puts("nfqhold: ready");
	fflush(stdout);
	pause();
	maxlen = htonl(packets);
	request(fd, queue, NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind, sizeof(bind));
	request(fd, queue, NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &params,
		sizeof(params));
	request(fd, queue, NFQNL_MSG_CONFIG, NFQA_CFG_QUEUE_MAXLEN, &maxlen,
		sizeof(maxlen));
	while (!stop)
		if (recv(fd, message, sizeof(message), 0) < 0 &&
		    errno != EINTR && errno != ENOBUFS)
			die("netlink");
	request(fd, queue, NFQNL_MSG_VERDICT_BATCH, NFQA_VERDICT_HDR, &accept,
		sizeof(accept));
	return 0;
}
