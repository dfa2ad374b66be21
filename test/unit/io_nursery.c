/* SPDX-License-Identifier: MIT */
/* A nursery with a stub for a host: what is forked, reported, ended. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/nursery.h"
#include "source/module.h"

static char folder[] = "/tmp/tsp-nursery-XXXXXX";
static char module_file[64];
static FILE *output;	    /* the nursery's, which is not /dev/null */
static char title_area[80]; /* stands for the memory of argv */

/* A host that says one byte and waits for the end of its link; with the title "stubborn" it
 * stays. */
static int stub_host(const struct nursery_host *host)
{
	bool stubborn = strcmp(host->title, "stubborn") == 0;
	char byte = host->module != NULL ? 'm' : 'p';

	if (stubborn) {
		signal(SIGTERM, SIG_IGN);
		if (fork() == 0) { /* and has a child in a session of its own */
			setsid();
			for (;;)
				pause();
		}
	}
	if (write(NURSERY_CONTROL, &byte, 1) != 1)
		return 9;
	if ((host->file != NULL) == (host->module != NULL))
		return 6;
	if (host->file != NULL) /* the host's to open, and to close */
		close(host->file->fd);
	if (fcntl(NURSERY_PAGE, F_GETFD) != FD_CLOEXEC || fcntl(NURSERY_PAGE + 1, F_GETFD) >= 0)
		return 8;
	while (stubborn || read(NURSERY_CONTROL, &byte, 1) > 0)
		if (stubborn)
			pause();
	return 7;
}

#define SOMEBODY 54321

struct bare {
	int control;
	pid_t pid;
	uint8_t *buffer;
};

static int setup(void **state)
{
	struct bare *bare = calloc(1, sizeof(*bare));
	int ends[2];

	assert_non_null(bare);
	bare->buffer = malloc(PACKET_LIMIT);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	bare->control = ends[0];
	bare->pid = fork();
	if (bare->pid == 0) {
		struct nursery_config config = {
			.title = title_area,
			.title_size = sizeof(title_area),
			.program = "/bin/false",
			.run_host = stub_host,
			.user = { geteuid() == 0, SOMEBODY, SOMEBODY, "somebody", "/" },
		};

		dup2(ends[1], NURSERY_CONTROL);
		dup2(fileno(output), STDOUT_FILENO);
		dup2(fileno(output), STDERR_FILENO);
		_exit(nursery_run(&config));
	}
	close(ends[1]);
	*state = bare;
	return 0;
}

static int teardown(void **state)
{
	struct bare *bare = *state;

	if (bare->control >= 0)
		close(bare->control);
	if (bare->pid > 0)
		waitpid(bare->pid, NULL, 0);
	free(bare->buffer);
	free(bare);
	return 0;
}

/* The next packet, within five seconds. */
static void receive(struct bare *bare, int fd, struct packet *packet)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&wait, 1, 5000), 1);
	assert_int_equal(packet_receive(fd, bare->buffer, packet, MSG_DONTWAIT), 1);
}

static void order(int fd, enum packet_verb verb, unsigned flags, uint64_t token, const char *first,
	const char *second, int one, int two)
{
	const char *const strings[] = { first, second, NULL };
	struct packet packet = {
		.verb = verb, .flags = flags, .token = token, .descriptors = { one, two }
	};
	uint8_t *data;

	packet.descriptor_count = two >= 0 ? 2 : 1;
	assert_int_equal(packet_join(strings, &data, &packet.size), 0);
	packet.data = data;
	assert_int_equal(packet_send(fd, &packet, 0), 0);
	packet_close(&packet);
	free(data);
}

/* Orders a host; returns our end of its link. */
static int order_host(int fd, unsigned flags, uint64_t token, const char *title)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	order(fd, PACKET_FORK, flags, token, module_file, title, ends[1],
		open("/dev/null", O_RDWR | O_CLOEXEC));
	return ends[0];
}

static pid_t expect_born(struct bare *bare, int fd, uint64_t token, int *ret_pidfd)
{
	struct packet packet;

	receive(bare, fd, &packet);
	assert_int_equal(packet.verb, PACKET_BORN);
	assert_int_equal(packet.token, token);
	assert_int_equal(packet.descriptor_count, 1);
	*ret_pidfd = packet.descriptors[0];
	return packet.pid;
}

static void expect_ended(struct bare *bare, int fd, uint64_t token, pid_t pid, int status)
{
	struct packet packet;

	receive(bare, fd, &packet);
	assert_int_equal(packet.verb, PACKET_ENDED);
	assert_int_equal(packet.token, token);
	assert_int_equal(packet.pid, pid);
	assert_int_equal(packet.status, status);
}

static void expect_readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&wait, 1, 5000), 1);
}

/* Opens the module in a nursery of its own; returns our end of its control socket. */
static int open_nursery(
	struct bare *bare, unsigned flags, uint64_t token, const char *path, pid_t *ret_pid)
{
	int ends[2];
	int pidfd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	order(bare->control, PACKET_OPEN, flags, token, path, NULL, ends[1], -1);
	*ret_pid = expect_born(bare, bare->control, token, &pidfd);
	close(pidfd);
	return ends[0];
}

/* The hash of its file comes before anything that code of the module might say. */
static void expect_hash(struct bare *bare, int fd)
{
	struct packet packet;
	char expected[SUM_TEXT];

	receive(bare, fd, &packet);
	assert_int_equal(packet.verb, PACKET_HASH);
	assert_int_equal(module_check_hash(module_file, expected, NULL), 0);
	assert_string_equal(packet_string(&packet, 0), expected);
}

static void late_open_host_is_forked_killed_and_reported(void **state)
{
	struct bare *bare = *state;
	int link = order_host(bare->control, PACKET_LATE_OPEN, 5, "one");
	char byte = 0;
	int pidfd;
	pid_t pid = expect_born(bare, bare->control, 5, &pidfd);

	assert_int_equal(read(link, &byte, 1), 1);
	assert_int_equal(byte, 'p');
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	expect_readable(pidfd);
	expect_ended(bare, bare->control, 5, pid, SIGKILL);
	assert_int_equal(read(link, &byte, 1), 0);
	close(pidfd);
	close(link);
}

static void host_that_returns_reports_its_status(void **state)
{
	struct bare *bare = *state;
	int link = order_host(bare->control, PACKET_LATE_OPEN, 6, "two");
	char byte = 0;
	int pidfd;
	pid_t pid = expect_born(bare, bare->control, 6, &pidfd);

	assert_int_equal(read(link, &byte, 1), 1); /* else what it writes may meet a closed end */
	close(link);
	expect_ended(bare, bare->control, 6, pid, 7 << 8);
	close(pidfd);
}

static void bare_nursery_forks_no_host_without_a_method(void **state)
{
	struct bare *bare = *state;
	int link = order_host(bare->control, 0, 7, "three");
	struct packet packet;

	receive(bare, bare->control, &packet);
	assert_int_equal(packet.verb, PACKET_FAILED);
	assert_int_equal(packet.token, 7);
	assert_non_null(packet_string(&packet, 0));
	close(link);
}

static void module_is_opened_described_and_its_hosts_survive_their_nursery(void **state)
{
	struct bare *bare = *state;
	pid_t nursery, host;
	int control = open_nursery(bare, 0, 1, module_file, &nursery);
	struct packet packet;
	tsp_value classes;
	tsp_text name = { 0 };
	bool threads = true;
	char byte = 0;
	int link, pidfd;

	expect_hash(bare, control);
	receive(bare, control, &packet);
	assert_int_equal(packet.verb, PACKET_OPENED);
	assert_int_equal(packet.status, 0);
	assert_int_equal(tsp_value_check(packet.data, packet.size), 0);
	classes = (tsp_value){ packet.data, packet.size };
	assert_int_equal(tsp_value_count(classes), 1);
	assert_true(tsp_value_text(tsp_value_get(tsp_value_at(classes, 0), "name"), &name));
	assert_true(tsp_text_is(name, "Plain"));
	assert_true(tsp_value_bool(tsp_value_get(tsp_value_at(classes, 0), "threads"), &threads));
	assert_false(threads);
	link = order_host(control, 0, 2, "host");
	host = expect_born(bare, control, 2, &pidfd);
	assert_int_equal(read(link, &byte, 1), 1);
	assert_int_equal(byte, 'm');
	kill(nursery, SIGKILL);
	expect_ended(bare, bare->control, 1, nursery, SIGKILL);
	assert_int_equal(kill(host, 0), 0);
	kill(host, SIGTERM);
	expect_ended(bare, bare->control, 0, host, SIGTERM); /* adopted by the bare one */
	close(pidfd);
	close(link);
	close(control);
}

/* The real user of a process. */
static long user_of(pid_t pid)
{
	char path[40];
	char line[128];
	long user = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (user < 0 && fgets(line, sizeof(line), file) != NULL)
		(void)sscanf(line, "Uid: %ld", &user);
	fclose(file);
	return user;
}

/* Whether a process has nothing of ours: neither output nor current folder. */
static bool is_detached(pid_t pid)
{
	static const struct {
		const char *link;
		const char *to;
	} rows[] = { { "fd/1", "/dev/null" }, { "fd/2", "/dev/null" }, { "cwd", "/" } };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[64];
		char to[PATH_MAX] = "";

		snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, rows[i].link);
		assert_true(readlink(path, to, sizeof(to) - 1) > 0);
		count += strcmp(to, rows[i].to) == 0;
	}
	assert_true(count == 0 || count == sizeof(rows) / sizeof(rows[0]));
	return count > 0;
}

static void hosts_are_another_user_unless_the_order_keeps_ours(void **state)
{
	static const unsigned flags[] = { 0, PACKET_KEEP_USER };
	struct bare *bare = *state;
	struct packet packet;
	char byte;

	if (geteuid() != 0)
		skip();
	assert_int_equal(user_of(bare->pid), 0);
	for (size_t i = 0; i < 2; i++) {
		long user = flags[i] != 0 ? 0 : SOMEBODY;
		pid_t nursery, host, late;
		int control, link, late_link, pidfds[2];

		control = open_nursery(bare, flags[i], 20 + i, module_file, &nursery);
		expect_hash(bare, control);
		receive(bare, control, &packet);
		assert_int_equal(packet.status, 0);
		assert_int_equal(user_of(nursery), user);
		link = order_host(control, 0, 30 + i, "host");
		host = expect_born(bare, control, 30 + i, &pidfds[0]);
		late_link = order_host(bare->control, PACKET_LATE_OPEN | flags[i], 40 + i, "late");
		late = expect_born(bare, bare->control, 40 + i, &pidfds[1]);
		assert_int_equal(read(link, &byte, 1), 1);
		assert_int_equal(read(late_link, &byte, 1), 1);
		assert_int_equal(user_of(host), user);
		assert_int_equal(user_of(late), user);
		assert_int_equal(is_detached(host), user != 0);
		assert_int_equal(is_detached(late), user != 0);
		close(pidfds[0]);
		close(pidfds[1]);
		close(control); /* first, so that the host is left to the bare one */
		receive(bare, bare->control, &packet);
		close(link);
		close(late_link);
		receive(bare, bare->control, &packet);
		receive(bare, bare->control, &packet);
	}
}

static void bad_module_is_told_with_its_cause(void **state)
{
	struct bare *bare = *state;
	pid_t nursery;
	int control = open_nursery(bare, 0, 3, "/nowhere/at/all.so", &nursery);
	struct packet packet;

	receive(bare, control, &packet);
	assert_int_equal(packet.verb, PACKET_OPENED);
	assert_true(packet.status < 0);
	assert_non_null(strstr(packet_string(&packet, 0), "/nowhere/at/all.so"));
	expect_ended(bare, bare->control, 3, nursery, 1 << 8);
	close(control);
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

static void nothing_outlives_the_control_socket(void **state)
{
	struct bare *bare = *state;
	pid_t nursery, hosts[3];
	int control = open_nursery(bare, 0, 1, module_file, &nursery);
	struct packet packet;
	clock_ns start;
	char byte;
	int links[3], pidfds[3];
	int i;

	expect_hash(bare, control);
	receive(bare, control, &packet);
	for (i = 0; i < 3; i++) {
		links[i] = order_host(control, 0, 10 + (uint64_t)i, i == 0 ? "stubborn" : "host");
		hosts[i] = expect_born(bare, control, 10 + (uint64_t)i, &pidfds[i]);
		assert_int_equal(read(links[i], &byte, 1), 1);
	}
	start = clock_read();
	close(bare->control);
	close(control);
	bare->control = -1;
	assert_int_equal(waitpid(bare->pid, &i, 0), bare->pid);
	bare->pid = 0;
	assert_int_equal(i, 0);
	assert_true(clock_read() - start < 2 * CLOCK_SECOND);
	assert_true(clock_read() - start > CLOCK_SECOND / 2); /* the stubborn one had its second */
	for (i = 0; i < 3; i++) {
		assert_true(is_gone(hosts[i]));
		close(links[i]);
		close(pidfds[i]);
	}
	assert_true(is_gone(nursery));
	/* We are subreaper above it: what had escaped would be ours. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int compile_module(void)
{
	static const char source[] = "#include <thespian.h>\n"
				     "static const tsp_class plain = { .name = \"Plain\" };\n"
				     "TSP_EXPORT(&plain)\n";
	char command[512];
	FILE *file;

	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(module_file, sizeof(module_file), "%s/plain.so", folder);
	snprintf(command, sizeof(command), "%s/plain.c", folder);
	file = fopen(command, "w");
	if (file == NULL)
		return -1;
	fputs(source, file);
	fclose(file);
	snprintf(command, sizeof(command), "cc -std=c17 -shared -fPIC -I%s/lib -o %s %s/plain.c",
		TSP_TEST_TOP, module_file, folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			late_open_host_is_forked_killed_and_reported, setup, teardown),
		cmocka_unit_test_setup_teardown(
			host_that_returns_reports_its_status, setup, teardown),
		cmocka_unit_test_setup_teardown(
			bare_nursery_forks_no_host_without_a_method, setup, teardown),
		cmocka_unit_test_setup_teardown(
			module_is_opened_described_and_its_hosts_survive_their_nursery, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			hosts_are_another_user_unless_the_order_keeps_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_module_is_told_with_its_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_outlives_the_control_socket, setup, teardown),
	};
	char command[128];
	int failed;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (compile_module() != 0 || chdir(folder) < 0 || (output = tmpfile()) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
