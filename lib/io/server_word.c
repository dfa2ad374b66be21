/* SPDX-License-Identifier: MIT */
/*
 * What hosts that may not write the internal log have for it: lines that a signal asked for. They come
 * by one datagram socket that all of them hold, so each is believed only as far as the kernel names its
 * sender, and only so many are taken.
 */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/peer_check.h"

#define WORD_SIZE  1024
#define WORD_BATCH 8
#define WORD_BURST 20 /* lines a second */

static bool is_host(const struct server *server, pid_t pid)
{
	for (const struct list *at = server->hosts.next; at != &server->hosts; at = at->next)
		if (list_item(at, struct host_process, list)->child.pid == pid)
			return true;
	return false;
}

static bool may_speak(struct server *server)
{
	if (server->now - server->word_refill >= CLOCK_SECOND) {
		server->word_refill = server->now;
		server->word_tokens = WORD_BURST;
	}
	return server->word_tokens > 0 && server->word_tokens-- > 0;
}

static void on_word(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;
	char text[WORD_SIZE];
	int i;

	(void)status;
	(void)events;
	server_event(server);
	for (i = 0; i < WORD_BATCH; i++) {
		pid_t pid = 0;
		ssize_t size = peer_check_receive(server->word_in, text, sizeof(text) - 1, &pid);

		if (size < 0)
			break;
		text[size] = '\0';
		if (server->config.log_file != NULL && may_speak(server) && is_host(server, pid))
			log_file_tell(server->config.log_file, LOG_LEVEL_INFO, (long)pid, text);
	}
}

int server_open_word(struct server *server, tsp_error *err)
{
	int ends[2];

	if (!server->config.host_user.apart)
		return TSP_OK;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return tsp_fail(err, TSP_EIO, "cannot make a socket for hosts: %s", strerror(errno));
	if (peer_check_enable(ends[0], true) < 0 ||
		uv_poll_init(&server->loop, &server->word_poll, ends[0]) < 0) {
		close(ends[0]);
		close(ends[1]);
		return tsp_fail(err, TSP_EIO, "cannot watch a socket of hosts");
	}
	server->word_in = ends[0];
	server->word_out = ends[1];
	server->word_poll.data = server;
	uv_poll_start(&server->word_poll, UV_READABLE, on_word);
	return TSP_OK;
}

void server_close_word(struct server *server)
{
	if (server->word_in < 0)
		return;
	uv_close((uv_handle_t *)&server->word_poll, NULL);
	close(server->word_in);
	close(server->word_out);
	server->word_in = -1;
}
