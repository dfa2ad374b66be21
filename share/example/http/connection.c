/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 413, "Content Too Large" },
	{ 431, "Request Header Fields Too Large" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

int64_t http_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SO_REUSEPORT: while a new version takes over, both listen, and nobody is turned away. */
int connection_listen(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, SOMAXCONN) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int connection_port(int listener)
{
	struct sockaddr_in address = { 0 };
	socklen_t size = sizeof(address);

	if (getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return -1;
	return ntohs(address.sin_port);
}

struct connection *connection_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *connection;

	if (fd < 0)
		return NULL;
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	connection->fd = fd;
	connection_enter(connection, PHASE_READING);
	return connection;
}

void connection_free(struct connection *connection)
{
	if (connection == NULL)
		return;
	close(connection->fd);
	free(connection->out);
	free(connection);
}

void connection_enter(struct connection *connection, enum phase phase)
{
	static const int64_t limits_ms[] = { [PHASE_READING] = REQUEST_MS,
		[PHASE_ASKING] = ANSWER_MS,
		[PHASE_WRITING] = WRITE_MS,
		[PHASE_DRAINING] = DRAIN_MS };

	connection->phase = phase;
	connection->deadline_ms = http_now_ms() + limits_ms[phase];
}

bool connection_read(struct connection *connection)
{
	ssize_t got;

	if (connection->phase == PHASE_DRAINING)
		connection->in_size = 0;
	got = recv(connection->fd, connection->in + connection->in_size,
		sizeof(connection->in) - connection->in_size, 0);
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	connection->in_size += (size_t)got;
	return true;
}

bool connection_respond(struct connection *connection, int status, const char *body)
{
	const char *reason = "Internal Server Error";
	char head[256];
	int size;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			reason = reasons[i].reason;
	}
	size = snprintf(head, sizeof(head),
		"HTTP/1.1 %d %s\r\n%sContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: %s\r\n\r\n",
		status, reason, status == 405 ? "Allow: GET\r\n" : "", strlen(body) + 1,
		connection->keep_alive ? "keep-alive" : "close");
	connection->out_size = (size_t)size + strlen(body) + 1;
	connection->out_sent = 0;
	connection->out = malloc(connection->out_size + 1);
	if (connection->out == NULL)
		return false;
	snprintf(connection->out, connection->out_size + 1, "%s%s\n", head, body);
	connection_enter(connection, PHASE_WRITING);
	return true;
}

bool connection_write(struct connection *connection)
{
	while (connection->out_sent < connection->out_size) {
		ssize_t put = send(connection->fd, connection->out + connection->out_sent,
			connection->out_size - connection->out_sent, MSG_NOSIGNAL);

		if (put < 0)
			return errno == EAGAIN || errno == EINTR;
		connection->out_sent += (size_t)put;
	}
	free(connection->out);
	connection->out = NULL;
	if (connection->keep_alive) {
		connection_enter(connection, PHASE_READING);
		return true;
	}
	connection_enter(connection, PHASE_DRAINING);
	return shutdown(connection->fd, SHUT_WR) == 0;
}
