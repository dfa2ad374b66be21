/* SPDX-License-Identifier: MIT */
/* Handles, tell, ask, listen, creation, the end of a system. */
#include "config.h"

#include "caller_rows.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The handle ---- */

static void several_handles(void)
{
	tsp_system *second = open_at(port, 0);

	must(tsp_address_equal(tsp_admin(sys), tsp_admin(second)));
	tsp_close(second);
	must(tsp_open(&(tsp_open_options){ .base = "multiprocUDPBase",
			      .port = port + 1,
			      .flags = TSP_OPEN_START },
		     &second, &err) == TSP_OK);
	must(!tsp_address_equal(tsp_admin(sys), tsp_admin(second)));
	must(tsp_shutdown(second, LONG_MS, NULL, &err) == TSP_OK);
	tsp_close(second);
	must(tsp_system_create(sys, "rows:Echo", NULL, LONG_MS, NULL, &err) == TSP_OK);
}

static void another_process(void)
{
	pid_t pid;
	int status;

	make_with("rows:Echo", &(tsp_create_options){ .name = "Known" });
	pid = fork();
	if (pid == 0) {
		sys = open_at(port, 0);
		tsp_message_free(ask(tsp_system_name_address(sys, "Known"), NULL, value("i", 3)));
		tsp_close(sys);
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

/* A private system is another one, nobody finds it, and its end is nobody else's. */
static void private_system(void)
{
	tsp_system *common = sys;
	tsp_message *status = NULL;
	int64_t number = 0;

	sys = open_at(port, TSP_PRIVATE_SYSTEM);
	must(!tsp_address_equal(tsp_admin(sys), tsp_admin(common)));
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
	must(tsp_status(sys, tsp_admin(sys), LONG_MS, &status, &err) == TSP_OK);
	number = tsp_get_int(status, "port", 0);
	tsp_message_free(status);
	must(number == 0 || number > 65535);
	must(tsp_open(&(tsp_open_options){ .port = 65536 }, &(tsp_system *){ NULL }, &err) ==
		TSP_EUSAGE);
	tsp_close(sys);
	sys = NULL;
	must(tsp_open(&(tsp_open_options){ .flags = TSP_PRIVATE_SYSTEM, .log_definitions = "{\"root\": " },
		     &sys, &err) == TSP_EUSAGE);
	must(strstr(err.text, "cannot use the log definitions") != NULL);
	sys = common;
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 2)));
}

static void hold_private(void)
{
	tsp_close(sys);
	sys = NULL;
	must(tsp_open(&(tsp_open_options){ .flags = TSP_PRIVATE_SYSTEM }, &sys, &err) == TSP_OK);
}

/* Until it is killed. */
static void private_held(void)
{
	hold_private();
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static void private_hangs(void)
{
	hold_private();
	must(tsp_tell(sys, make("rows:Watcher"), "Hang", value("n"), &err) == TSP_OK);
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
}

/* What has started is attached to, even where its start took nearly all of the time. */
static void private_late(void)
{
	tsp_close(sys);
	sys = NULL;
	must(tsp_open(&(tsp_open_options){ .flags = TSP_PRIVATE_SYSTEM, .timeout_ms = 3000 }, &sys,
		     &err) == TSP_OK);
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
}

/* Two at once, and no asker sees what another asked for. */
static void private_callers(void)
{
	tsp_address slow = make("rows:Echo");
	tsp_system *first = sys, *second = NULL;
	tsp_message *reply = NULL;
	int64_t number = 0;

	must(tsp_open_private(first, &second, &err) == TSP_OK);
	must(tsp_address_equal(tsp_admin(first), tsp_admin(second)));
	must(tsp_tell(first, slow, "Later", value("{s:i}", "ms", 50), &err) == TSP_OK);
	must(tsp_ask(second, slow, NULL, value("i", 7), LONG_MS, &reply, &err) == TSP_OK);
	must(tsp_value_int(tsp_message_value(reply), &number) && number == 7);
	tsp_message_free(reply);
	must(tsp_listen(second, 200, &reply, &err) == TSP_ETIMEOUT);
	must(tsp_listen(first, LONG_MS, &reply, &err) == TSP_OK && tsp_message_is(reply, "Later"));
	tsp_message_free(reply);
	tsp_close(first); /* the other goes on */
	sys = second;
	must(tsp_ask(second, slow, NULL, value("i", 8), LONG_MS, &reply, &err) == TSP_OK);
	tsp_message_free(reply);
}

/* All descriptors are taken: each call that needs one says so; when there are some again, all works. */
static void no_descriptors(void)
{
	tsp_address actor = make("rows:Echo");
	tsp_system *another = NULL;
	int taken[256];
	size_t count = 0;

	must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 128, 128 }) == 0);
	while (count < 256 && (taken[count] = open("/dev/null", O_RDONLY)) >= 0)
		count++;
	must(count > 0 && count < 256);
	must(tsp_open(&(tsp_open_options){ .port = port }, &another, &err) < 0);
	must(strstr(err.text, "open files") != NULL);
	must(tsp_open_private(sys, &another, &err) < 0);
	must(strstr(err.text, "open files") != NULL);
	must(tsp_open(&(tsp_open_options){ .flags = TSP_PRIVATE_SYSTEM }, &another, &err) < 0);
	must(tsp_open(&(tsp_open_options){ .base = "simpleSystemBase" }, &another, &err) < 0);
	must(tsp_system_load_file(sys, "/etc/passwd", LONG_MS, NULL, NULL, &err) < 0);
	must(strstr(err.text, "open files") != NULL);
	tsp_message_free(ask(actor, NULL, value("i", 1))); /* what is open goes on */
	while (count > 0)
		close(taken[--count]);
	must(tsp_open_private(sys, &another, &err) == TSP_OK);
	tsp_close(another);
	another = open_at(port, TSP_PRIVATE_SYSTEM);
	tsp_close(another);
}

/* ---- tell, ask, listen ---- */

static void tell_and_listen(void)
{
	tsp_address actor = make("rows:Echo");
	tsp_message *reply;
	int64_t start = now_ms();

	if (port != 0) { /* the simple base's caller runs the handler itself */
		must(tsp_tell(sys, actor, "Sleep", value("{s:i}", "ms", 2000), &err) == TSP_OK);
		must(now_ms() - start < 1000);
		tsp_message_free(hear(LONG_MS));
	}
	reply = ask(actor, "Relay", value("n"));
	must(tsp_message_is(reply, "Told") && !tsp_address_equal(tsp_message_sender(reply), actor));
	tsp_message_free(reply);
	must(tsp_tell(sys, actor, NULL, value("i", 5), &err) == TSP_OK);
	reply = hear(LONG_MS);
	must(reply != NULL && tsp_message_is(reply, "int"));
	tsp_message_free(reply);
}

static void no_address(void)
{
	tsp_message *reply = NULL;

	must(tsp_tell(sys, TSP_NOBODY, "Hello", value("n"), &err) == TSP_EDEAD);
	must(strstr(err.text, "cannot tell") != NULL && strstr(err.text, "nobody") != NULL);
	must(tsp_ask(sys, TSP_NOBODY, "Hello", value("n"), LONG_MS, &reply, &err) == TSP_EDEAD);
	must(strstr(err.text, "cannot ask") != NULL && strstr(err.text, "nobody") != NULL);
}

static void answer_at_once(void)
{
	tsp_address actor = make("rows:Echo");
	int64_t start = now_ms();

	tsp_message_free(ask(actor, "Later", value("{s:i}", "ms", 50)));
	must(now_ms() - start < 1000);
}

static void late_answer(void)
{
	tsp_address actor = make("rows:Echo");
	tsp_message *reply = NULL;

	must(tsp_ask(sys, actor, "Later", value("{s:i}", "ms", 400), 100, &reply, &err) ==
		TSP_ETIMEOUT);
	reply = hear(5000);
	must(reply != NULL && tsp_message_is(reply, "Later"));
	tsp_message_free(reply);
}

/* Late answers of earlier asks end no later call. */
static void leftovers(void)
{
	tsp_address actor = make("rows:Echo");
	tsp_message *reply = NULL;
	int64_t number = 0;

	for (int i = 0; i < 20; i++)
		must(tsp_ask(sys, actor, "Later", value("{s:i, s:i}", "ms", 5, "n", i), 1, &reply,
			     &err) < 0 ||
			(tsp_message_free(reply), true));
	must(tsp_system_create(sys, "rows:Echo", NULL, LONG_MS, &actor, &err) == TSP_OK);
	must(!tsp_address_is_nobody(actor));
	for (int i = 0; i < 20; i++) {
		reply = ask(actor, NULL, value("i", i));
		must(tsp_value_int(tsp_message_value(reply), &number) && number == i);
		tsp_message_free(reply);
	}
}

static void creation_refused(void)
{
	tsp_address actor;

	must(tsp_system_create(sys, "rows:Needy", NULL, LONG_MS, &actor, &err) == TSP_ECAPABILITY);
	must(strstr(err.text, "Rubber Duck") != NULL);
}

static void creation_errors(void)
{
	static const tsp_create_options unknown = {
		.source = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	};
	tsp_address actor;

	must(tsp_system_create(sys, "rows:Nobody", NULL, LONG_MS, &actor, &err) == TSP_ECLASS);
	must(strstr(err.text, "Nobody") != NULL);
	must(tsp_system_create(sys, "Echo", &unknown, LONG_MS, &actor, &err) == TSP_ESOURCE);
	must(tsp_system_create(sys, "nomodule:Echo", NULL, LONG_MS, &actor, &err) < 0);
	must(strstr(err.text, "nomodule") != NULL);
	must(tsp_system_create(sys, "rows:Refuser", NULL, LONG_MS, &actor, &err) == TSP_ESTART);
	must(strstr(err.text, "not today") != NULL);
	must(tsp_system_create(sys, "Echo", NULL, LONG_MS, &actor, &err) == TSP_ECLASS);
}

/* The admin does not answer; its pid is in the environment. */
static void creation_times_out(void)
{
	const char *pid = getenv("ADMIN_PID");
	char text[TSP_ADDRESS_TEXT];
	tsp_address actor;
	int rc;

	must(pid != NULL && kill((pid_t)atoi(pid), SIGSTOP) == 0);
	rc = tsp_system_create(sys, "rows:Echo", NULL, 500, &actor, &err);
	kill((pid_t)atoi(pid), SIGCONT);
	must(rc == TSP_ETIMEOUT);
	must(strstr(err.text, tsp_address_text(tsp_admin(sys), text)) != NULL);
	must(strchr(strstr(err.text, text) + 1, '@') != NULL); /* the caller's, too */
}

static void system_messages_hidden(void)
{
	tsp_address actor = make("rows:Echo");
	tsp_message *message = NULL;

	must(tsp_tell(sys, actor, "ExitTo", value("n"), &err) == TSP_OK);
	must(tsp_listen(sys, 500, &message, &err) == TSP_ETIMEOUT);
	must(tsp_ask(sys, actor, "ExitTo", value("n"), 500, &message, &err) == TSP_ETIMEOUT);
	must(tsp_tell(sys, actor, "Thespian_StatusReq", value("{}"), &err) == TSP_OK);
	message = hear(LONG_MS);
	must(message != NULL && tsp_message_is(message, "Thespian_ActorStatus"));
	tsp_message_free(message);
}

/* ---- Its end ---- */

static void shutdown_twice(void)
{
	make("rows:Echo");
	must(tsp_shutdown(sys, LONG_MS, NULL, &err) == TSP_OK);
	must(tsp_shutdown(sys, LONG_MS, NULL, &err) == TSP_OK);
	must(tsp_ask(sys, tsp_admin(sys), "X", value("n"), 1000, &(tsp_message *){ NULL }, &err) ==
		TSP_ENOSYSTEM);
}

static void shutdown_by_actor(void)
{
	tsp_address actor = make("rows:Echo");
	int64_t start = now_ms();

	must(tsp_tell(sys, actor, "Shutdown", value("n"), &err) == TSP_OK);
	while (tsp_listen(sys, 1000, &(tsp_message *){ NULL }, &err) != TSP_ENOSYSTEM)
		must(now_ms() - start < LONG_MS);
	must(tsp_shutdown(sys, LONG_MS, NULL, &err) == TSP_OK);
	if (port == 0)
		return;
	tsp_close(sys); /* the port is free: another starts there at once */
	sys = open_at(port, TSP_OPEN_START | TSP_OPEN_ONLY_NEW);
}

/* An actor that takes 2 s to exit holds the old one up; the new one is there within the 11 s. */
static void start_during_shutdown(void)
{
	tsp_system *former = sys;
	tsp_address old = tsp_admin(sys);
	int64_t start = now_ms();
	int status;
	pid_t pid;

	make_with("rows:Echo", &(tsp_create_options){ .argument = value("s", "slow2000") });
	pid = fork();
	if (pid == 0)
		_exit(tsp_shutdown(sys, LONG_MS, NULL, NULL) == TSP_OK ? 0 : 1);
	for (;;) { /* until the old one takes nobody any more */
		tsp_system *probe = NULL;
		int rc = tsp_open(
			&(tsp_open_options){ .port = port, .timeout_ms = 500 }, &probe, &err);

		if (rc < 0)
			break;
		tsp_close(probe);
		must(now_ms() - start < LONG_MS);
	}
	sys = open_at(port, TSP_OPEN_START);
	tsp_close(former);
	must(!tsp_address_equal(tsp_admin(sys), old));
	must(now_ms() - start < 11000);
	must(waitpid(pid, &status, 0) == pid && status == 0);
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
}

/* Many at once: one system. */
static void one_of_many_starts(void)
{
	int status, pipes[2];
	uint64_t first = 0, id;

	must(pipe(pipes) == 0);
	for (int i = 0; i < 5; i++) {
		if (fork() != 0)
			continue;
		sys = open_at(port, TSP_OPEN_START);
		id = tsp_admin(sys).system;
		must(write(pipes[1], &id, sizeof(id)) == sizeof(id));
		tsp_close(sys);
		_exit(0);
	}
	for (int i = 0; i < 5; i++) {
		must(wait(&status) > 0 && status == 0);
		must(read(pipes[0], &id, sizeof(id)) == sizeof(id));
		must(first == 0 || id == first);
		first = id;
	}
	sys = open_at(port, 0);
}

/* ---- Oversize, verdicts, files, conventions ---- */

static void oversize(void)
{
	size_t size = ((size_t)64 << 20) + 1;
	tsp_address actor = make("rows:Echo");
	uint8_t *bytes = calloc(1, size + 5);

	must(bytes != NULL);
	memcpy(bytes, "\x5a\x04\x00\x00\x01", 5); /* bytes, 64 MiB and one */
	for (int i = 0; i < 30; i++)
		must(tsp_tell(sys, actor, NULL, (tsp_value){ bytes, size + 5 }, &err) ==
			TSP_ETOOBIG);
	free(bytes);
	tsp_message_free(ask(actor, NULL, value("i", 1)));
}

static void sources(void)
{
	char file[] = "big.tls", hash[65];
	char *output = NULL;
	int fd;

	must(tsp_system_unload(sys, "012345", LONG_MS, &err) == TSP_ESOURCE);
	must(tsp_system_load_file(sys, "no-such-file", LONG_MS, hash, &output, &err) == TSP_ENOENT);
	must(strncmp(err.text, "cannot open 'no-such-file': ", 28) == 0);
	must(tsp_system_load_file(sys, NULL, LONG_MS, hash, &output, &err) == TSP_EUSAGE);
	must(strcmp(err.text, "cannot load a package: no file is named") == 0);
	must(tsp_system_load_file(sys, "/", LONG_MS, hash, &output, &err) == TSP_EIO);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, ((off_t)63 << 20) + 1) == 0 && close(fd) == 0);
	must(tsp_system_load_file(sys, file, LONG_MS, hash, &output, &err) == TSP_ETOOBIG);
	must(strstr(err.text, "63 MiB") != NULL);
	must(truncate(file, 100) == 0);
	must(tsp_system_load_file(sys, file, LONG_MS, hash, &output, &err) == TSP_ENOAUTHORITY);
	unlink(file);
}

/* Waits until the judge was asked about another package than that of hash, which gets its hash. */
static void hash_asked(tsp_address judge, char hash[65])
{
	char before[65];
	int64_t start = now_ms();

	snprintf(before, sizeof(before), "%s", hash);
	while (strcmp(hash, before) == 0) {
		tsp_message *reply = ask(judge, "Hash", value("{}"));
		tsp_text text = tsp_get_text(reply, "hash");

		snprintf(hash, 65, "%.*s", (int)text.size, text.data);
		tsp_message_free(reply);
		must(now_ms() - start < LONG_MS);
	}
}

/* In a process of its own, since it waits for the verdict; status 0: refused, as it has to be. */
static pid_t load_aside(const char *package)
{
	pid_t pid = fork();
	int rc;

	if (pid != 0)
		return pid;
	sys = open_at(port, 0);
	rc = tsp_system_load(sys, package, strlen(package), "aside", LONG_MS, NULL, NULL, &err);
	_exit(rc < 0 && rc != TSP_ETIMEOUT && rc != TSP_ENOSYSTEM ? 0 : 1);
}

/* A source is unloaded while it waits for the verdict; verdicts come late, twice, and of nothing. */
static void verdicts(void)
{
	tsp_address judge = make_with("rows:Judge", &(tsp_create_options){ .name = "Judge" });
	char hash[65] = "";
	int status;

	for (int i = 0; i < 2; i++) {
		pid_t pid = load_aside(i == 0 ? "the first" : "the second");

		hash_asked(judge, hash);
		must(tsp_system_unload(sys, hash, LONG_MS, &err) ==
			TSP_ESOURCE); /* not loaded yet */
		tsp_message_free(ask(judge, "Late", value("{}")));
		must(waitpid(pid, &status, 0) == pid && status == 0);
		tsp_message_free(ask(judge, "Late", value("{}")));
		tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
	}
	tsp_message_free(ask(judge, "Hash", value("{s:b}", "plain", 1)));
	must(tsp_system_load(sys, "the third", 9, "x", LONG_MS, NULL, NULL, &err) == TSP_EREJECTED);
	tsp_message_free(ask(make("rows:Echo"), NULL, value("i", 1)));
}

static int64_t code_of(tsp_address actor, const char *type, tsp_value body)
{
	tsp_message *reply = ask(actor, type, body);
	int64_t code = tsp_get_int(reply, "code", 0);

	tsp_message_free(reply);
	return code;
}

/* SMALL_FILE is one that can be read; what it is not, an authority would have to say. */
static void sources_by_actor(void)
{
	tsp_address actor = make("rows:Watcher");

	must(code_of(actor, "LoadFile", value("{s:s}", "path", "/no/such/file")) == TSP_ENOENT);
	must(code_of(actor, "LoadFile", value("{s:s}", "path", "/")) == TSP_EIO);
	must(code_of(actor, "LoadFile", value("{s:s}", "path", "/dev/zero")) == TSP_ETOOBIG);
	must(code_of(actor, "LoadFile", value("{s:s}", "path", getenv("SMALL_FILE"))) ==
		TSP_ENOAUTHORITY);
}

static void conventions(void)
{
	static const char *const requests[] = { "NotifyOnSystemRegistrationChanges",
		"PreRegisterRemoteSystem", "DeregisterRemoteSystem" };
	tsp_address actor = make("rows:Watcher");
	tsp_message *reply = NULL;

	for (int i = 0; i < 3; i++) {
		reply = ask(actor, "Convention", value("{s:i}", "what", i));
		must(tsp_get_int(reply, "code", 0) == TSP_ENOCONVENTION);
		must(tsp_text_is(tsp_get_text(reply, "request"), requests[i]));
		tsp_message_free(reply);
	}
	reply = ask(actor, "Convention", value("{s:i}", "what", 3));
	must(tsp_message_is(reply, "Quiet"));
	tsp_message_free(reply);
	must(tsp_listen(sys, 300, &reply, &err) == TSP_ETIMEOUT);
}

const struct row handle_rows[] = {
	{ "several_handles", several_handles },
	{ "another_process", another_process },
	{ "private_system", private_system },
	{ "private_held", private_held },
	{ "private_hangs", private_hangs },
	{ "private_late", private_late },
	{ "private_callers", private_callers },
	{ "tell_and_listen", tell_and_listen },
	{ "no_address", no_address },
	{ "answer_at_once", answer_at_once },
	{ "late_answer", late_answer },
	{ "leftovers", leftovers },
	{ "creation_refused", creation_refused },
	{ "creation_errors", creation_errors },
	{ "creation_times_out", creation_times_out },
	{ "system_messages_hidden", system_messages_hidden },
	{ "shutdown_twice", shutdown_twice },
	{ "shutdown_by_actor", shutdown_by_actor },
	{ "start_during_shutdown", start_during_shutdown },
	{ "one_of_many_starts", one_of_many_starts },
	{ "no_descriptors", no_descriptors },
	{ "oversize", oversize },
	{ "sources", sources },
	{ "verdicts", verdicts },
	{ "sources_by_actor", sources_by_actor },
	{ "conventions", conventions },
	{ NULL, NULL },
};
