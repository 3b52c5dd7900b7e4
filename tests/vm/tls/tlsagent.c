// SPDX-License-Identifier: GPL-2.0
/*
 * tlsagent: makes the handshakes of TLS that the kernel asks user space for
 *
 * What tlshd of ktls-utils does, which Debian 12 does not have, for guests that
 * are client and server at once: both know one key, so there is nothing to
 * verify.  The protocol is Documentation/netlink/specs/handshake.yaml of the
 * kernel; the keys of the session are given to it as linux/tls.h says.
 *
 * tlsagent SECONDS: how long a client's handshake is put off.  Says "ready", when
 * one begins "asked", and when one is over whose it was.
 */
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../util.h"

#define MOST_SECONDS	60
#define PRIORITY	"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:" \
			"+AES-128-GCM:-KX-ALL:+ECDHE-PSK:+DHE-PSK:+PSK"
#define USER		"netswap"

/* linux/handshake.h, of 6.4 */
enum { CLASS_TLSHD = 1 };
enum { CLIENTHELLO = 1, SERVERHELLO = 2 };
enum { CMD_READY = 1, CMD_ACCEPT, CMD_DONE };
enum { ACCEPT_SOCKFD = 1, ACCEPT_CLASS, ACCEPT_TYPE, ACCEPT_MAX = 16 };
enum { DONE_STATUS = 1, DONE_SOCKFD };

static const gnutls_datum_t psk = {
	.data = (unsigned char *)"0123456789abcdef", .size = 16,
};
static unsigned long delay;

struct request {
	int fd;
	unsigned int type;
};

static void wrong(const char *what, const char *why)
{
	fprintf(stderr, "tlsagent: %s: %s\n", what, why);
	exit(1);
}

static void tls_must(int err, const char *what)
{
	if (err < 0)
		wrong(what, gnutls_strerror(err));
}

static void nl_must(int err, const char *what)
{
	if (err < 0)
		wrong(what, nl_geterror(err));
}

static struct nl_sock *handshake_socket(int *family)
{
	struct nl_sock *nl = nl_socket_alloc();

	if (!nl)
		die("netlink");
	nl_must(genl_connect(nl), "netlink");
	*family = genl_ctrl_resolve(nl, "handshake");
	nl_must(*family, "handshake");
	return nl;
}

static struct nl_msg *message(int family, int command)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0,
				 command, 1))
		die("netlink");
	return msg;
}

static int on_accepted(struct nl_msg *msg, void *data)
{
	struct nlattr *attr[ACCEPT_MAX + 1];
	struct request *request = data;

	nl_must(genlmsg_parse(nlmsg_hdr(msg), 0, attr, ACCEPT_MAX, NULL),
		"accept");
	if (attr[ACCEPT_SOCKFD] && attr[ACCEPT_TYPE]) {
		request->fd = nla_get_s32(attr[ACCEPT_SOCKFD]);
		request->type = nla_get_u32(attr[ACCEPT_TYPE]);
	}
	return NL_OK;
}

static int on_psk(gnutls_session_t session, const char *user,
		  gnutls_datum_t *key)
{
	(void)session, (void)user;
	key->data = gnutls_malloc(psk.size);
	key->size = psk.size;
	memcpy(key->data, psk.data, psk.size);
	return 0;
}

static gnutls_session_t session_new(const struct request *request)
{
	bool server = request->type == SERVERHELLO;
	gnutls_psk_server_credentials_t server_key;
	gnutls_psk_client_credentials_t client_key;
	gnutls_session_t session;

	/* A ticket would be a message that the kernel does not expect. */
	tls_must(gnutls_init(&session, server ?
			     GNUTLS_SERVER | GNUTLS_NO_TICKETS :
			     GNUTLS_CLIENT | GNUTLS_NO_TICKETS), "session");
	tls_must(gnutls_priority_set_direct(session, PRIORITY, NULL),
		 "priority");
	if (server) {
		tls_must(gnutls_psk_allocate_server_credentials(&server_key),
			 "key");
		gnutls_psk_set_server_credentials_function(server_key, on_psk);
		gnutls_credentials_set(session, GNUTLS_CRD_PSK, server_key);
	} else {
		tls_must(gnutls_psk_allocate_client_credentials(&client_key),
			 "key");
		gnutls_psk_set_client_credentials(client_key, USER, &psk,
						  GNUTLS_PSK_KEY_RAW);
		gnutls_credentials_set(session, GNUTLS_CRD_PSK, client_key);
	}
	gnutls_transport_set_int(session, request->fd);
	return session;
}

/* From now on the kernel does one direction of it. */
static void give_key(gnutls_session_t session, int fd, int read)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};
	gnutls_datum_t mac, iv, key;
	unsigned char sequence[8];

	tls_must(gnutls_record_get_state(session, read, &mac, &iv, &key,
					 sequence), "keys");
	if (key.size != sizeof(info.key) ||
	    iv.size != sizeof(info.salt) + sizeof(info.iv))
		wrong("keys", "not of AES-128-GCM");
	memcpy(info.salt, iv.data, sizeof(info.salt));
	memcpy(info.iv, iv.data + sizeof(info.salt), sizeof(info.iv));
	memcpy(info.key, key.data, sizeof(info.key));
	memcpy(info.rec_seq, sequence, sizeof(info.rec_seq));
	if (setsockopt(fd, SOL_TLS, read ? TLS_RX : TLS_TX, &info,
		       sizeof(info)))
		die("SOL_TLS");
}

static void shake(const struct request *request)
{
	gnutls_session_t session = session_new(request);
	int err;

	if (request->type == CLIENTHELLO) {
		puts("asked");
		fflush(stdout);
		sleep(delay);
	}
	fcntl(request->fd, F_SETFL, fcntl(request->fd, F_GETFL) & ~O_NONBLOCK);
	do {
		err = gnutls_handshake(session);
	} while (err < 0 && !gnutls_error_is_fatal(err));
	tls_must(err, "handshake");
	if (setsockopt(request->fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")))
		die("TCP_ULP");
	give_key(session, request->fd, 0);
	give_key(session, request->fd, 1);
}

/* In a process of its own: the other end is served at the same time. */
static void serve(void)
{
	struct request request = { .fd = -1 };
	struct nl_sock *nl;
	struct nl_msg *msg;
	int family;

	nl = handshake_socket(&family);
	nl_socket_modify_cb(nl, NL_CB_VALID, NL_CB_CUSTOM, on_accepted,
			    &request);
	msg = message(family, CMD_ACCEPT);
	nla_put_u32(msg, ACCEPT_CLASS, CLASS_TLSHD);
	nl_must(nl_send_auto(nl, msg), "accept");
	nl_must(nl_recvmsgs_default(nl), "accept");
	if (request.fd < 0)
		wrong("accept", "no socket");
	shake(&request);
	msg = message(family, CMD_DONE);
	nla_put_u32(msg, DONE_STATUS, 0);
	nla_put_s32(msg, DONE_SOCKFD, request.fd);
	nl_must(nl_send_auto(nl, msg), "done");
	nl_must(nl_wait_for_ack(nl), "done");
	printf("%s\n", request.type == CLIENTHELLO ? "client" : "server");
	fflush(stdout);
}

static int on_event(struct nl_msg *msg, void *data)
{
	struct genlmsghdr *head = nlmsg_data(nlmsg_hdr(msg));

	(void)data;
	if (head->cmd == CMD_READY && !fork()) {
		serve();
		_exit(0);
	}
	return NL_OK;
}

int main(int argc, char **argv)
{
	struct nl_sock *nl;
	int family, group;

	if (argc != 2) {
		fputs("usage: tlsagent SECONDS\n", stderr);
		return 2;
	}
	delay = number(argv[1], MOST_SECONDS);
	signal(SIGCHLD, SIG_IGN);
	nl = handshake_socket(&family);
	group = genl_ctrl_resolve_grp(nl, "handshake", "tlshd");
	nl_must(group, "tlshd");
	nl_must(nl_socket_add_membership(nl, group), "tlshd");
	nl_socket_disable_seq_check(nl);
	nl_socket_modify_cb(nl, NL_CB_VALID, NL_CB_CUSTOM, on_event, NULL);
	puts("ready");
	fflush(stdout);
	for (;;)
		nl_must(nl_recvmsgs_default(nl), "events");
}
