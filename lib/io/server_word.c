/* SPDX-License-Identifier: MIT */
/*
 * What hosts that may not write the internal log have for it: lines that a signal asked for. They come
 * as datagrams to a socket that has a name but no file; since anybody on the machine may send there, one
 * counts only if the kernel says that a host of ours sent it, and few are taken in a second.
 */
#include "config.h"

#include "io/server.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/peer_check.h"

#define WORD_SIZE  1024
#define WORD_BURST 20	/* lines a second; the kernel keeps some more */
#define STRANGERS  2000 /* datagrams of others a second: so many cost little, and no host's line */

static void on_word(uv_poll_t *poll, int status, int events);

static bool is_host(const struct server *server, pid_t pid)
{
	for (const struct list *at = server->hosts.next; at != &server->hosts; at = at->next)
		if (list_item(at, struct host_process, list)->child.pid == pid)
			return true;
	return false;
}

static void listen_on(struct server *server, bool on)
{
	server->word_on = on;
	if (on)
		uv_poll_start(&server->word_poll, UV_READABLE, on_word);
	else
		uv_poll_stop(&server->word_poll);
}

clock_ns server_word_check(struct server *server)
{
	clock_ns again = server->word_refill + CLOCK_SECOND;

	if (server->word < 0 || server->word_on)
		return CLOCK_NEVER;
	if (server->now < again)
		return again;
	listen_on(server, true);
	return CLOCK_NEVER;
}

static bool may_listen(struct server *server)
{
	if (server->now - server->word_refill >= CLOCK_SECOND) {
		server->word_refill = server->now;
		server->word_tokens = WORD_BURST;
		server->word_strangers = STRANGERS;
	}
	return server->word_tokens > 0 && server->word_strangers > 0;
}

static void on_word(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;
	char text[WORD_SIZE];
	pid_t pid = 0;
	ssize_t size;

	(void)status;
	(void)events;
	server_event(server);
	if (!may_listen(server)) {
		listen_on(server, false);
		return;
	}
	size = peer_check_receive(server->word, text, sizeof(text) - 1, &pid);
	if (size < 0)
		return;
	/* a host that is not born yet has no number, as a process that we do not see */
	if (pid <= 0 || !is_host(server, pid)) {
		server->word_strangers--;
		return;
	}
	server->word_tokens--;
	if (size == 0 || server->config.log_file == NULL)
		return;
	text[size] = '\0';
	log_file_tell(server->config.log_file, LOG_LEVEL_INFO, (long)pid, text);
}

/* The kernel chooses the name, so nobody can have taken it before. */
static int bind_anywhere(struct server *server)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(name);
	size_t length;

	if (bind(server->word, (struct sockaddr *)&name, sizeof(name.sun_family)) < 0 ||
		getsockname(server->word, (struct sockaddr *)&name, &size) < 0)
		return TSP_EIO;
	length = size - offsetof(struct sockaddr_un, sun_path);
	if (length < 2 || length >= sizeof(server->word_name))
		return TSP_EIO;
	snprintf(server->word_name, sizeof(server->word_name), "@%.*s", (int)length - 1,
		name.sun_path + 1);
	return TSP_OK;
}

int server_open_word(struct server *server, tsp_error *err)
{
	int fd;

	if (!server->config.host_user.apart)
		return TSP_OK;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return tsp_fail(err, TSP_EIO, "cannot make a socket for hosts: %s", strerror(errno));
	server->word = fd;
	/* before anybody can send, else the first would have no sender */
	if (peer_check_enable(fd, true) < 0 || bind_anywhere(server) < 0 ||
		uv_poll_init(&server->loop, &server->word_poll, fd) < 0) {
		server->word = -1;
		close(fd);
		return tsp_fail(err, TSP_EIO, "cannot watch a socket for hosts");
	}
	server->word_poll.data = server;
	listen_on(server, true);
	return TSP_OK;
}

void server_close_word(struct server *server)
{
	if (server->word < 0)
		return;
	uv_close((uv_handle_t *)&server->word_poll, NULL);
	close(server->word);
	server->word = -1;
}
