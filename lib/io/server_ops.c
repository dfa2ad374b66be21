/* SPDX-License-Identifier: MIT */
/* The operations that the core asks for, by name. */
#include "config.h"

#include "io/module_path.h"
#include "io/process_cpu.h"
#include "io/process_memory.h"
#include "io/server.h"
#include "io/system_line.h"
#include "source/package.h"

static void op_send(void *io, void *peer, const struct frame *frame)
{
	(void)io;
	peer_send(peer, frame);
}

static size_t op_unsent(void *io, void *peer)
{
	(void)io;
	return peer_unsent(peer);
}

static void op_close(void *io, void *peer)
{
	(void)io;
	peer_close(peer);
}

static int op_start_host(void *io, const struct host_order *order, struct link *link,
	void **ret_peer, struct page **ret_page, tsp_error *err)
{
	return server_start_host(io, order, link, ret_peer, ret_page, err);
}

static void op_kill_host(void *io, uint64_t host)
{
	server_kill_host(io, host);
}

static void op_release_host(void *io, uint64_t host, void *peer)
{
	server_release_host(io, host, peer);
}

static void op_build(void *io, uint64_t module, const void *zip, size_t size)
{
	server_build(io, module, zip, size);
}

static void op_open_module(void *io, uint64_t module, const char *path, bool keep_user)
{
	server_open_module(io, module, path, keep_user);
}

static void op_close_module(void *io, uint64_t module)
{
	server_close_module(io, module);
}

static int op_find_module(void *io, const char *name, char *ret_path, size_t size,
	uint64_t ret_identity[4], tsp_error *err)
{
	struct server *server = io;

	return module_path_find(server->config.module_path, server->config.program_folder, name,
		ret_path, size, ret_identity, err);
}

static void op_hash(void *io, const void *bytes, size_t size, uint8_t ret_hash[32])
{
	(void)io;
	package_hash(bytes, size, ret_hash);
}

static void op_log(void *io, enum log_level level, const char *text)
{
	server_log(io, level, "%s", text);
}

static uint64_t op_memory(void *io, int pid)
{
	(void)io;
	return process_memory(pid);
}

static uint64_t op_cpu(void *io, int pid)
{
	(void)io;
	return process_cpu(pid);
}

static void op_log_record(void *io, const struct log_record *record, unsigned places)
{
	server_log_record(io, record, places);
}

static void op_set_logging(
	void *io, const struct log_change *change, struct log_levels *levels)
{
	server_set_logging(io, change, levels);
}

static void op_dial(void *io, uint64_t dial, const char *address, const uint8_t *key)
{
	server_dial(io, dial, address, key);
}

static void op_ping(void *io, void *peer)
{
	(void)io;
	line_ping(peer);
}

static void op_dial_over(
	void *io, uint64_t dial, uint64_t via, uint64_t system, const uint8_t *key)
{
	server_dial_by(io, dial, via, system, key);
}

static void op_relayed(void *io, uint64_t via, const struct frame *frame)
{
	server_relayed(io, via, frame);
}

static void op_relays_ended(void *io, uint64_t via)
{
	server_relays_end(io, via);
}

static void op_stopped(void *io)
{
	struct server *server = io;

	server->stopped = true;
}

const struct admin_ops server_admin_ops = {
	.send = op_send,
	.unsent = op_unsent,
	.close = op_close,
	.start_host = op_start_host,
	.kill_host = op_kill_host,
	.release_host = op_release_host,
	.build = op_build,
	.open_module = op_open_module,
	.close_module = op_close_module,
	.find_module = op_find_module,
	.hash = op_hash,
	.memory = op_memory,
	.cpu = op_cpu,
	.log = op_log,
	.stopped = op_stopped,
	.log_record = op_log_record,
	.set_logging = op_set_logging,
	.dial = op_dial,
	.ping = op_ping,
	.dial_over = op_dial_over,
	.relayed = op_relayed,
	.relays_ended = op_relays_ended,
};
