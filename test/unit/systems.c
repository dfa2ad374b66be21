/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "systems.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SYSTEMS 4
#define WAIT_NS (5 * CLOCK_SECOND)
#define TURN_NS CLOCK_MS
#define TRIES	10

static struct system *systems[SYSTEMS];

static int free_port(int type)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	socklen_t size = sizeof(place);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&place, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&place, &size), 0);
	close(fd);
	return ntohs(place.sin_port);
}

static void listen_somewhere(struct system *system)
{
	int type = strcmp(system->server->config.admin.base, UDP) == 0 ? SOCK_DGRAM : SOCK_STREAM;
	tsp_error err = { 0 };
	int rc = TSP_EIO;

	system->server->config.listen = system->address;
	for (int i = 0; i < TRIES && rc < 0; i++) { /* others take ports, too */
		system->port = free_port(type);
		snprintf(system->address, sizeof(system->address), "127.0.0.1:%d", system->port);
		rc = server_listen_systems(system->server, &err);
	}
	assert_int_equal(rc, TSP_OK);
}

void system_open(struct system *system, uint64_t id, const char *base, const char *leader)
{
	struct server_config config = { .lifeline = -1, .log_file = &system->log };
	char capabilities[200];
	tsp_error err = { 0 };
	size_t at = 0;

	memset(system, 0, sizeof(*system));
	while (at < SYSTEMS && systems[at] != NULL)
		at++;
	assert_true(at < SYSTEMS);
	snprintf(system->folder, sizeof(system->folder), "/tmp/tsp-systems-XXXXXX");
	assert_non_null(mkdtemp(system->folder));
	snprintf(system->keys, sizeof(system->keys), "%s/keys", system->folder);
	system->log.fd = -1;
	system->log.threshold = LOG_LEVEL_DEBUG;
	system->log.stream = open_memstream(&system->logged, &system->logged_size);
	assert_non_null(system->log.stream);
	snprintf(capabilities, sizeof(capabilities), "{\"Adaptive Polling\": false%s%s%s}",
		leader != NULL ? ", \"Convention Address.IPv4\": \"" : "",
		leader != NULL ? leader : "", leader != NULL ? "\"" : "");
	config.admin = (struct admin_config){
		.system = id, .base = base, .cores = 1, .capabilities = capabilities
	};
	config.keys_folder = system->keys;
	config.runtime_folder = system->folder;
	assert_int_equal(server_new(&config, &system->server, &err), TSP_OK);
	system->server->bare_again = CLOCK_NEVER; /* there is no program that could be a nursery */
	listen_somewhere(system);
	systems[at] = system;
}

void system_close(struct system *gone)
{
	char command[80];

	if (gone->server == NULL)
		return;
	for (size_t i = 0; i < SYSTEMS; i++)
		if (systems[i] == gone)
			systems[i] = NULL;
	server_free(gone->server);
	fclose(gone->log.stream);
	free(gone->logged);
	snprintf(command, sizeof(command), "rm -r '%s'", gone->folder);
	assert_int_equal(system(command), 0);
	memset(gone, 0, sizeof(*gone));
}

void system_pin(struct system *one, const struct system *other)
{
	struct pin pin = { .since = 1, .name = "other" };
	tsp_error err = { 0 };

	memcpy(pin.key, other->server->keys.public, PIN_KEY);
	assert_int_equal(pins_admit(one->keys, &pin, &err), TSP_OK);
	assert_int_equal(pins_set_leader(one->keys, other->address, pin.key, &err), TSP_OK);
}

static bool never(struct server *server)
{
	(void)server;
	return false;
}

bool systems_wait(bool (*done)(struct system *system), struct system *system)
{
	clock_ns end = clock_read() + WAIT_NS;

	while (!done(system)) {
		if (clock_read() > end)
			return false;
		for (size_t i = 0; i < SYSTEMS; i++)
			if (systems[i] != NULL)
				(void)server_run(systems[i]->server, never, clock_read() + TURN_NS);
	}
	return true;
}

bool has_logged(struct system *system, const char *text)
{
	(void)fflush(system->log.stream);
	return system->logged != NULL && strstr(system->logged, text) != NULL;
}

static const char *wanted;

static bool has_wanted(struct system *system)
{
	return has_logged(system, wanted);
}

bool systems_log(struct system *system, const char *text)
{
	wanted = text;
	if (systems_wait(has_wanted, system))
		return true;
	print_error(
		"not logged: %s; but:\n%s\n", text, system->logged != NULL ? system->logged : "");
	return false;
}

static bool has_line(struct system *system)
{
	for (struct list *at = system->server->peers.next; at != &system->server->peers;
		at = at->next)
		if (list_item(at, struct peer, list)->link != NULL)
			return true;
	return false;
}

bool systems_link(struct system *one, struct system *other)
{
	return systems_wait(has_line, one) && systems_wait(has_line, other);
}

int system_connect(const struct system *system, int type, int high, int low)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	place.sin_addr.s_addr = htonl(0x7f000000U + (uint32_t)(high * 256 + low));
	assert_int_equal(bind(fd, (struct sockaddr *)&place, sizeof(place)), 0);
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	place.sin_port = htons((uint16_t)system->port);
	assert_int_equal(connect(fd, (struct sockaddr *)&place, sizeof(place)), 0);
	return fd;
}

bool is_closed(int fd)
{
	char byte;
	ssize_t size = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

	return size == 0 || (size < 0 && errno != EAGAIN);
}
