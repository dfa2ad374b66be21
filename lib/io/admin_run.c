/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "io/admin_run.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "io/log_file.h"
#include "io/module_path.h"
#include "io/ready.h"
#include "io/runtime.h"
#include "io/server.h"
#include "io/system_line.h"
#include "log/definitions.h"
#include "source/builder.h"

#ifndef TSP_BINDIR
#define TSP_BINDIR "/usr/local/bin"
#endif
#ifndef TSP_INCLUDEDIR
#define TSP_INCLUDEDIR "/usr/local/include"
#endif

#define START_MS    60000 /* for authority and Director to be there */
#define LINGER_MS   1000  /* for the last answers to be written */
#define MEMORY_MOST ((uint64_t)1024 * 1024 * 1024)

/* What a run owns; all are NULL or -1 where there is nothing. */
struct admin_process {
	const struct admin_options *options;
	const char *base;
	int port;
	char *runtime;
	int lock;
	struct log_file log;
	enum log_level log_least; /* of the definitions */
	struct host_user host_user;
	char *program_folder;
	char *host_program;
	char *include_folder;
	char *module_path;
	char *cache;
	char *keys_folder; /* of links with other systems, and what belongs to it; NULL: not said */
	char *listen;
	char *advertise;
	bool outbound_only; /* no other system dials us */
	int waiting; /* the starting process reads here; -1: there is none */
	bool is_daemon;
	bool told;
};

/* ---- Options ---- */

static int check_base(const char *base, tsp_error *err)
{
	static const char *const known[] = { "multiprocQueueBase", "multiprocTCPBase",
		"multiprocUDPBase" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(base, known[i]) == 0)
			return TSP_OK;
	}
	if (strcmp(base, "simpleSystemBase") == 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot start base 'simpleSystemBase': it lives in the process of its caller");
	return tsp_fail(err, TSP_EUSAGE,
		"cannot start base '%s': it is not one of multiprocQueueBase, multiprocTCPBase, multiprocUDPBase",
		base);
}

static int take_text(tsp_value capabilities, const char *name, char **ret_text, tsp_error *err)
{
	tsp_value value = tsp_value_get(capabilities, name);
	tsp_text text;

	if (value.data == NULL || tsp_value_kind(value) == TSP_KIND_NULL)
		return TSP_OK;
	if (!tsp_value_text(value, &text) || text.size == 0)
		return tsp_fail(err, TSP_EUSAGE, "cannot use capability '%s': not a text", name);
	*ret_text = tsp_text_copy(text);
	return *ret_text != NULL ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

/* Without keys this system links with no other. */
static int read_convention(struct admin_process *process, tsp_value capabilities, tsp_error *err)
{
	char *leaders = NULL;
	int rc = take_text(capabilities, "Convention Address.IPv4", &leaders, err);

	if (rc == TSP_OK)
		rc = take_text(capabilities, "Convention Keys", &process->keys_folder, err);
	if (rc == TSP_OK)
		rc = take_text(capabilities, "Convention Listen", &process->listen, err);
	if (rc == TSP_OK)
		rc = take_text(capabilities, "Convention Advertise", &process->advertise, err);
	if (rc == TSP_OK && process->keys_folder == NULL &&
		(leaders != NULL || process->listen != NULL || process->advertise != NULL))
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot link with other systems: the capability 'Convention Keys' names no folder of keys");
	if (rc == TSP_OK && process->keys_folder != NULL && process->keys_folder[0] != '/')
		rc = tsp_fail(err, TSP_EUSAGE,
			"cannot use capability 'Convention Keys': not an absolute path");
	(void)tsp_value_bool(
		tsp_value_get(capabilities, "Outbound Only"), &process->outbound_only);
	if (process->outbound_only) {
		free(process->advertise);
		process->advertise = NULL;
	}
	free(leaders);
	return rc;
}

static int check_capabilities(struct admin_process *process, tsp_error *err)
{
	const char *json = process->options->capabilities;
	struct host_user *ret_user = &process->host_user;
	struct build_limits limits;
	tsp_builder *builder;
	tsp_value value;
	tsp_error why = { 0 };
	int rc;

	if (json == NULL)
		return host_user_find((tsp_value){ NULL, 0 }, ret_user, err);
	builder = tsp_builder_new();
	if (builder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = tsp_value_from_json(json, strlen(json), builder, &why);
	if (rc == TSP_OK)
		rc = tsp_builder_value(builder, &value);
	if (rc < 0)
		rc = tsp_fail(err, TSP_EUSAGE, "cannot use the capabilities: %s",
			why.text[0] != '\0' ? why.text : tsp_error_sentence(rc));
	else if (tsp_value_kind(value) != TSP_KIND_MAP)
		rc = tsp_fail(
			err, TSP_EUSAGE, "cannot use the capabilities: they are not a JSON object");
	else if ((rc = read_convention(process, value, err)) < 0)
		; /* said */
	else if (build_limits_read(tsp_value_get(value, BUILD_LIMITS_CAPABILITY), &limits, err) < 0)
		rc = TSP_EUSAGE;
	else
		rc = host_user_find(tsp_value_get(value, HOST_USER_CAPABILITY), ret_user, err);
	tsp_builder_free(builder);
	return rc;
}

static int check_definitions(const char *json, enum log_level *ret_least, tsp_error *err)
{
	struct log_definitions *definitions;
	int rc;

	*ret_least = LOG_LEVEL_OFF;
	if (json == NULL || strcmp(json, TSP_LOG_OFF) == 0)
		return TSP_OK;
	rc = log_definitions_read(json, &definitions, err);
	if (rc < 0)
		return rc;
	*ret_least = log_definitions_least(definitions);
	log_definitions_free(definitions);
	return TSP_OK;
}

static int check_options(struct admin_process *process, tsp_error *err)
{
	const struct admin_options *options = process->options;
	bool is_private;
	int rc;

	process->base = options->base != NULL ? options->base : "multiprocTCPBase";
	rc = check_base(process->base, err);
	if (rc < 0)
		return rc;
	process->port = options->port;
	if (process->port == 0)
		process->port = strcmp(process->base, "multiprocUDPBase") == 0 ? ADMIN_PORT_UDP :
										 ADMIN_PORT;
	is_private = options->lifeline_fd >= 0 && process->port >= RUNTIME_PRIVATE &&
		     process->port < RUNTIME_PRIVATE_END;
	if (!is_private && (process->port < 1 || process->port > 65535))
		return tsp_fail(err, TSP_EUSAGE, "cannot use port '%d': not from 1 to 65535",
			process->port);
	rc = check_definitions(options->log_definitions, &process->log_least, err);
	if (rc == TSP_OK)
		rc = check_capabilities(process, err);
	return rc;
}

/* ---- Places ---- */

/* FOLDER/BESIDE if it is there, else otherwise. */
static char *place(const char *folder, const char *beside, const char *file, const char *otherwise)
{
	char *path = text_format("%s/%s", folder, beside);
	char *whole = path != NULL ? text_format("%s%s", path, file) : NULL;
	/* resolved, since the include folder is part of the build cache's key */
	char *resolved = whole != NULL && access(whole, R_OK) == 0 ? realpath(path, NULL) : NULL;

	free(whole);
	free(path);
	if (resolved != NULL)
		return resolved;
	return text_format("%s", otherwise);
}

static int find_places(struct admin_process *process, tsp_error *err)
{
	int rc = module_path_program(&process->program_folder, err);

	if (rc == TSP_OK)
		rc = module_path_absolute(getenv("THESPIAN_PATH"), &process->module_path, err);
	if (rc == TSP_OK)
		rc = build_cache_folder(process->runtime, &process->cache, err);
	if (rc < 0)
		return rc;
	process->host_program =
		place(process->program_folder, "thespian-host", "", TSP_BINDIR "/thespian-host");
	process->include_folder =
		place(process->program_folder, "../include", "/thespian.h", TSP_INCLUDEDIR);
	if (process->host_program == NULL || process->include_folder == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	return TSP_OK;
}

static int count_cores(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count > 0 ? count : 1;
}

/* The smaller of 1 GiB and a quarter of memory. */
static uint64_t memory_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);
	uint64_t quarter = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 4 :
						   MEMORY_MOST;

	return quarter < MEMORY_MOST ? quarter : MEMORY_MOST;
}

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int fill_config(struct admin_process *process, struct server_config *config, tsp_error *err)
{
	uint64_t system = 0;

	while (system == 0) {
		if (getrandom(&system, sizeof(system), 0) != (ssize_t)sizeof(system))
			return tsp_fail_errno(err, "read", "random bytes");
	}
	*config = (struct server_config){
		.admin = {
			.system = system,
			.base = process->base,
			.port = process->port,
			.capabilities = process->options->capabilities,
			.authority = process->options->authority,
			.director = process->options->director,
			.cores = count_cores(),
			.memory_limit = memory_limit(),
			.wall_ms = wall_ms(),
			.pid = (int)getpid(),
			.host_user = process->host_user.name,
			.host_uid = (int64_t)process->host_user.uid,
			.hosts_apart = process->host_user.apart,
			.advertise = process->advertise,
		},
		.runtime_folder = process->runtime,
		.host_program = process->host_program,
		.program_folder = process->program_folder,
		.module_path = process->module_path,
		.cache_folder = process->cache,
		.include_folder = process->include_folder,
		.host_user = process->host_user,
		.keys_folder = process->keys_folder,
		.listen = process->listen,
		.log_file = &process->log,
		.log_definitions = process->options->log_definitions,
		.log_least = process->log_least,
		.lifeline = process->options->lifeline_fd,
	};
	return TSP_OK;
}

/* ---- Daemon ---- */

/* One that was started with 0, 1 or 2 closed must not get its lock, or a socket, as that number. */
static void fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd >= 0 && fd <= 2)
			(void)fcntl(fd, F_SETFD, 0); /* those below have them, too */
	} while (fd >= 0 && fd < 2);
	if (fd > 2)
		close(fd);
}

static void point_at_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int i;

	for (i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* The caller's side of the fork: waits until the daemon is ready. */
static int await_daemon(int fd, tsp_error *err)
{
	int pid = 0;
	int rc = ready_wait(fd, START_MS + 10000, &pid, err);

	close(fd);
	return rc;
}

static int become_daemon(struct admin_process *process, tsp_error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return tsp_fail_errno(err, "start", "the daemon");
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return tsp_fail_errno(err, "start", "the daemon");
	}
	if (pid > 0) {
		close(ends[1]);
		process->waiting = ends[0];
		return TSP_OK;
	}
	close(ends[0]);
	process->waiting = ends[1];
	process->is_daemon = true;
	setsid();
	if (chdir("/") < 0)
		return tsp_fail_errno(err, "enter", "/");
	point_at_null();
	return runtime_lock_owner(process->lock, err);
}

static void tell(struct admin_process *process, int code, const char *text)
{
	if (process->told)
		return;
	process->told = true;
	ready_tell(process->options->ready_fd, code, text);
	if (process->is_daemon)
		ready_tell(process->waiting, code, text);
	if (code == 0)
		ready_notify("READY=1");
}

/* ---- Running ---- */

/* Without TZ each time that is shown as local looks at a file; actors inherit it. */
static void set_time_zone(void)
{
	static const char *const places[] = { "/etc/localtime", "/usr/local/etc/localtime" };
	char zone[64];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && getenv("TZ") == NULL; i++) {
		if (access(places[i], F_OK) != 0)
			continue;
		snprintf(zone, sizeof(zone), ":%s", places[i]);
		setenv("TZ", zone, 0); /* without memory it stays as it was */
	}
}

/* A host takes two descriptors of the admin; the soft limit is often a thousand. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool is_ready(struct server *server)
{
	return admin_is_ready(server->admin, NULL) != 0;
}

static bool is_written(struct server *server)
{
	struct list *at;

	for (at = server->peers.next; at != &server->peers; at = at->next) {
		if (peer_unsent(list_item(at, struct peer, list)) > 0)
			return false;
	}
	return true;
}

static int serve(struct admin_process *process, struct server *server, tsp_error *err)
{
	char path[RUNTIME_SOCKET_SIZE];
	int rc = runtime_socket(process->runtime, process->port, path, err);

	if (rc == TSP_OK)
		rc = server_start_bare(server, err);
	if (rc < 0)
		return rc;
	admin_begin(server->admin, clock_read());
	if (!server_run(server, is_ready, clock_after(clock_read(), START_MS)))
		return tsp_fail(
			err, TSP_ESTART, "cannot start the system: its authority does not answer");
	rc = admin_is_ready(server->admin, err);
	if (rc < 0)
		return rc;
	rc = server_listen(server, path, err);
	if (rc == TSP_OK && process->keys_folder != NULL && !process->outbound_only)
		rc = server_listen_systems(server, err);
	if (rc < 0)
		return rc;
	tell(process, 0, NULL);
	server_watchdog(server, ready_watchdog_ms());
	server_log(server, LOG_LEVEL_INFO, "system %d runs, base %s", process->port, process->base);
	if (process->host_user.uid == 0)
		server_log(server, LOG_LEVEL_WARNING,
			"hosts run as root, as the capability '" HOST_USER_CAPABILITY
			"' asks for: code of actors may do anything on this machine");
	server_run(server, NULL, CLOCK_NEVER);
	ready_notify("STOPPING=1");
	server_run(server, is_written, clock_after(clock_read(), LINGER_MS));
	return TSP_OK;
}

static int run(struct admin_process *process, tsp_error *err)
{
	struct server_config config;
	struct server *server = NULL;
	int rc;

	/* Before a key is read: no other process of this user may look into this one. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return tsp_fail_errno(err, "guard", "this process");
	raise_descriptor_limit();
	rc = fill_config(process, &config, err);
	if (rc == TSP_OK)
		rc = server_new(&config, &server, err);
	if (rc < 0)
		return rc;
	rc = serve(process, server, err);
	server_end(server);
	server_free(server);
	return rc;
}

static void process_clear(struct admin_process *process)
{
	free(process->runtime);
	free(process->program_folder);
	free(process->host_program);
	free(process->include_folder);
	free(process->module_path);
	free(process->cache);
	free(process->keys_folder);
	free(process->listen);
	free(process->advertise);
	log_file_close(&process->log);
}

static int prepare(struct admin_process *process, tsp_error *err)
{
	char *log_path = NULL;
	int rc = check_options(process, err);

	if (rc == TSP_OK)
		rc = runtime_open(true, &process->runtime, err);
	if (rc == TSP_OK)
		rc = find_places(process, err);
	if (rc < 0)
		return rc;
	if (process->options->lifeline_fd >= 0)
		(void)fcntl(process->options->lifeline_fd, F_SETFD, FD_CLOEXEC);
	if (!process->options->foreground)
		log_path = text_format("%s/%d.log", process->runtime, process->port);
	rc = log_file_open(
		&process->log, log_path, process->options->foreground ? stderr : NULL, err);
	free(log_path);
	if (rc == TSP_OK)
		rc = runtime_lock(process->runtime, process->port, &process->lock, NULL, err);
	return rc;
}

int admin_run(const struct admin_options *options, bool *ret_daemon, tsp_error *err)
{
	struct admin_process process = {
		.options = options, .lock = -1, .waiting = -1, .log = { .fd = -1 }
	};
	tsp_error why = { 0 };
	int rc;

	fill_standard();
	set_time_zone();
	rc = prepare(&process, &why);
	if (rc == TSP_OK && !options->foreground)
		rc = become_daemon(&process, &why);
	if (rc == TSP_OK && !options->foreground && !process.is_daemon) {
		close(process.lock); /* the daemon has it */
		if (options->ready_fd >= 0)
			close(options->ready_fd);
		rc = await_daemon(process.waiting, err);
		process_clear(&process);
		*ret_daemon = false;
		return rc;
	}
	if (rc == TSP_OK)
		rc = run(&process, &why);
	if (rc < 0) {
		tell(&process, rc, why.text);
		if (process.is_daemon)
			log_file_write(&process.log, LOG_LEVEL_ERROR, why.text);
		if (err != NULL)
			*err = why;
	}
	if (process.lock >= 0)
		runtime_unlock(process.runtime, process.port, process.lock);
	*ret_daemon = process.is_daemon;
	process_clear(&process);
	return rc;
}
