/* SPDX-License-Identifier: MIT */
/* What a forked child of a nursery becomes: a nursery of a module, a host, or a builder. */
#include "config.h"

#include "io/nursery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "source/module.h"

void nursery_title_area(struct nursery_config *config, int argc, char **argv)
{
	const char *last = argv[argc - 1];

	config->title = argv[0];
	config->title_size = (size_t)(last + strlen(last) - argv[0]);
}

void nursery_title(const struct nursery_config *config, const char *title)
{
	static const char prefix[] = "thespian-host: ";
	size_t room = config->title_size;
	size_t at = 0;

	while (at < room && at < sizeof(prefix) - 1) {
		config->title[at] = prefix[at];
		at++;
	}
	while (at < room && *title != '\0')
		config->title[at++] = *title++;
	memset(config->title + at, '\0', room - at);
}

static void reset_signals(const struct nursery *nursery)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	sigprocmask(SIG_SETMASK, &nursery->wait_mask, NULL);
}

void nursery_forget_children(struct nursery *nursery)
{
	size_t at = 0;
	void *child;

	while ((child = table_next(&nursery->children, &at, NULL)) != NULL)
		free(child);
	table_clear(&nursery->children);
	table_init(&nursery->children);
}

/* Moves a descriptor to a fixed number; keep: it is to survive an exec. */
static int move_descriptor(int from, int to, bool keep)
{
	if (from != to && dup2(from, to) < 0)
		return -1;
	return fcntl(to, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/* What came with the packet lies above 3, so the first move never hits the second's source. */
static int place_pair(const struct packet *packet, bool keep)
{
	if (move_descriptor(packet->descriptors[0], NURSERY_CONTROL, keep) < 0 ||
		move_descriptor(packet->descriptors[1], NURSERY_PAGE, keep) < 0)
		return -1;
	return close_range(NURSERY_PAGE + 1, ~0U, 0);
}

/* Our output may be a terminal, which they could read, or a file or a socket, which they could cut or shut
 * down. */
static int leave_ours(tsp_error *err)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = TSP_OK;

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || chdir("/") < 0)
		rc = tsp_fail_errno(err, "leave", "what is the admin's");
	if (fd >= 0)
		close(fd);
	return rc;
}

int nursery_hand_over(const struct host_user *user, const char *path, struct module_file *ret_file,
	tsp_error *err)
{
	int rc;

	module_file_open(path, ret_file);
	if (!user->apart)
		return TSP_OK;
	module_file_hand_on(ret_file);
	rc = leave_ours(err);
	if (rc == TSP_OK)
		rc = host_user_become(user, err);
	if (rc < 0)
		module_file_close(ret_file);
	return rc;
}

static size_t count_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	size_t count = 0;

	if (folder == NULL)
		return 1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2; /* . and .. */
}

/* [{name, host, check, requires, threads}] for admin_module_opened. */
static int describe(
	const tsp_module *module, bool threads, tsp_builder *into, tsp_value *ret_classes)
{
	tsp_builder *plain = tsp_builder_new();
	tsp_walk at = { 0 };
	tsp_value list = { 0 };
	tsp_value class;
	int rc = TSP_ENOMEM;

	if (plain == NULL || into == NULL)
		goto out;
	module_describe(module, plain);
	rc = tsp_builder_value(plain, &list);
	if (rc < 0)
		goto out;
	tsp_begin_list(into);
	while (tsp_value_next(list, &at, NULL, &class)) {
		tsp_begin_map(into);
		tsp_put_key(into, "name");
		tsp_put_value(into, tsp_value_get(class, "name"));
		tsp_put_key(into, "host");
		tsp_put_value(into, tsp_value_get(class, "host"));
		tsp_put_key(into, "check");
		tsp_put_value(into, tsp_value_get(class, "check"));
		tsp_put_key(into, "requires");
		tsp_put_value(into, tsp_value_get(class, "requires"));
		tsp_put_key(into, "threads");
		tsp_put_bool(into, threads);
		tsp_end(into);
	}
	tsp_end(into);
	rc = tsp_builder_value(into, ret_classes);
out:
	tsp_builder_free(plain);
	return rc;
}

static void send_opened(int code, const void *data, size_t size)
{
	struct packet packet = {
		.verb = PACKET_OPENED, .status = code, .data = data, .size = size
	};

	packet_send(NURSERY_CONTROL, &packet, 0);
}

/* Before code of the module runs, which could say anything in our name from then on. */
static void send_hash(const char *hash)
{
	struct packet packet = {
		.verb = PACKET_HASH, .data = (const uint8_t *)hash, .size = SUM_TEXT
	};

	packet_send(NURSERY_CONTROL, &packet, 0);
}

static int open_module(struct nursery *nursery, const struct host_user *user)
{
	tsp_builder *builder = tsp_builder_new();
	struct module_file file;
	tsp_value classes = { 0 };
	char hash[SUM_TEXT];
	tsp_error err = { 0 };
	int rc = nursery_hand_over(user, nursery->path, &file, &err);

	if (rc == TSP_OK)
		rc = module_file_check(&file, hash, &err);
	if (rc == TSP_OK) {
		send_hash(hash);
		rc = module_file_load(&file, &nursery->module, &err);
	}
	module_file_close(&file);
	if (rc == TSP_OK) {
		rc = describe(nursery->module, count_threads() > 1, builder, &classes);
		if (rc < 0)
			tsp_fail(&err, rc, "cannot describe module '%s': %s", nursery->path,
				tsp_error_sentence(rc));
	}
	if (rc == TSP_OK && classes.size > PACKET_LIMIT / 2)
		rc = tsp_fail(&err, TSP_ELIMIT,
			"cannot open module '%s': its classes take %zu bytes to describe",
			nursery->path, classes.size);
	if (rc == TSP_OK)
		send_opened(0, classes.data, classes.size);
	else
		send_opened(rc, err.text, strlen(err.text) + 1);
	tsp_builder_free(builder);
	return rc;
}

/* Who a process that the bare nursery forks for a module is to be. */
static struct host_user user_of(const struct nursery *nursery, const struct packet *packet)
{
	static const struct host_user own = { .apart = false };

	return (packet->flags & PACKET_KEEP_USER) != 0 ? own : nursery->config->user;
}

void nursery_become(struct nursery *nursery, const struct packet *packet)
{
	struct host_user user = user_of(nursery, packet);

	nursery_forget_children(nursery);
	nursery->path = strdup(packet_string(packet, 0)); /* the packet's buffer is used again */
	if (nursery->path == NULL ||
		move_descriptor(packet->descriptors[0], NURSERY_CONTROL, false) < 0 ||
		close_range(NURSERY_CONTROL + 1, ~0U, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	nursery_title(nursery->config, nursery->path);
	if (open_module(nursery, &user) < 0)
		_exit(1);
	nursery_loop(nursery);
	_exit(0);
}

/* A fresh program image does for itself what follows. */
static void exec_host(
	const struct nursery *nursery, const struct host_user *user, const char *path, const char *title)
{
	char padding[128];
	char user_text[HOST_USER_TEXT];

	memset(padding, ' ', sizeof(padding));
	padding[sizeof(padding) - 1] = '\0';
	execl(nursery->config->program, "thespian-host", "--host", path, title,
		host_user_print(user, user_text), padding, (char *)NULL);
	_exit(127);
}

void nursery_become_host(struct nursery *nursery, const struct packet *packet)
{
	const char *path = packet_string(packet, 0);
	const char *title = packet_string(packet, 1);
	bool fresh = (packet->flags & PACKET_EXEC) != 0;
	struct nursery_host host = { .module = nursery->module, .title = title };
	struct host_user user = user_of(nursery, packet);
	struct module_file file;

	reset_signals(nursery);
	nursery_forget_children(nursery);
	if (place_pair(packet, fresh) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	if (fresh)
		exec_host(nursery, &user, path, title);
	if (nursery->module == NULL) {
		if (nursery_hand_over(&user, path, &file, NULL) < 0)
			_exit(1);
		host.file = &file;
	}
	nursery_title(nursery->config, title);
	_exit(nursery->config->run_host(&host));
}

void nursery_become_builder(struct nursery *nursery, const struct packet *packet)
{
	char *argv[PACKET_STRINGS + 3] = { (char *)(uintptr_t) "thespian-host",
		(char *)(uintptr_t) "--build" };
	size_t i;

	reset_signals(nursery);
	for (i = 0; i < PACKET_STRINGS; i++)
		argv[i + 2] = (char *)(uintptr_t)packet_string(packet, i);
	if (place_pair(packet, true) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	execv(nursery->config->program, argv);
	_exit(127);
}
