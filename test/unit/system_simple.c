/* SPDX-License-Identifier: MIT */
/*
 * The simple system base as a program sees it: linked with libthespian.so, with a module that the
 * compiler makes on the spot.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <thespian.h>

static const char source[] =
	"#include <thespian.h>\n"
	"#include <unistd.h>\n"
	"struct state { int64_t count; tsp_address asker; tsp_outbox *outbox; };\n"
	"static int on_add(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); state->count += tsp_get_int(message, \"n\", 1);\n"
	"  return tsp_sendf(self, sender, \"Sum\", \"{s:I}\", \"sum\", state->count); }\n"
	"static int on_later(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); state->asker = sender;\n"
	"  return tsp_wakeup_after(self, tsp_get_int(message, \"ms\", 0), (tsp_value){ 0 }); }\n"
	"static int on_wake(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); (void)message; (void)sender;\n"
	"  return tsp_sendf(self, state->asker, \"Awake\", \"{}\"); }\n"
	"static int on_watch(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); int fd = (int)tsp_get_int(message, \"fd\", -1);\n"
	"  state->asker = sender; return tsp_watch(self, &fd, 1); }\n"
	"static int on_ready(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); int64_t fd = -1; (void)sender;\n"
	"  (void)tsp_value_int(tsp_value_at(tsp_get(message, \"ready\"), 0), &fd);\n"
	"  return tsp_sendf(self, state->asker, \"Readable\", \"{s:I}\", \"fd\", fd); }\n"
	"static int on_outbox(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ struct state *state = tsp_state(self); (void)message; state->outbox = tsp_outbox_new(self);\n"
	"  return tsp_sendf(self, sender, \"Outbox\", \"{s:I}\", \"at\", (int64_t)(uintptr_t)state->outbox); }\n"
	"static int on_rewatch(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ int fd = (int)tsp_get_int(message, \"fd\", -1); (void)sender; return tsp_watch(self, &fd, 1); }\n"
	"static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ (void)message; (void)sender; return tsp_fail_text(self, TSP_EVALUE, \"no good\"); }\n"
	"static int on_leave(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ (void)message; (void)sender; return tsp_exit(self); }\n"
	"static int on_spin(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ (void)sender; return tsp_forward(self, tsp_my_address(self), message); }\n"
	"static int on_enter(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ tsp_system *system = (tsp_system *)(uintptr_t)tsp_get_int(message, \"system\", 0);\n"
	"  tsp_message *heard = NULL; int rc = tsp_listen(system, 10, &heard, NULL);\n"
	"  return tsp_sendf(self, sender, \"Enter\", \"{s:i}\", \"code\", rc); }\n"
	"static void fini(tsp_actor *self)\n"
	"{ struct state *state = tsp_state(self); char end = 'f'; tsp_outbox_free(state->outbox);\n"
	"  if (write(FINI_FD, &end, 1) < 0) return; }\n"
	"static const tsp_handler handlers[] = { { \"Add\", on_add }, { \"Later\", on_later },\n"
	"  { \"WakeupMessage\", on_wake }, { \"Watch\", on_watch }, { \"WatchMessage\", on_ready },\n"
	"  { \"Fail\", on_fail }, { \"Leave\", on_leave }, { \"Spin\", on_spin },\n"
	"  { \"Enter\", on_enter }, { \"Outbox\", on_outbox }, { \"Rewatch\", on_rewatch }, { 0 } };\n"
	"static const tsp_class adder = { .name = \"Adder\", .state_size = sizeof(struct state),\n"
	"  .fini = fini, .handlers = handlers };\n"
	"static int refuse(tsp_actor *self, tsp_value argument)\n"
	"{ (void)argument; return tsp_fail_text(self, TSP_EFAILED, \"not today\"); }\n"
	"static const tsp_class refuser = { .name = \"Refuser\", .init = refuse };\n"
	"static int accept(tsp_actor *self, tsp_value argument)\n"
	"{ (void)argument; return tsp_register_source_authority(self); }\n"
	"static int on_validate(tsp_actor *self, const tsp_message *message, tsp_address sender)\n"
	"{ tsp_text hash = tsp_get_text(message, \"sourceHash\"); char text[65] = { 0 }; (void)sender;\n"
	"  for (size_t i = 0; i < hash.size && i < 64; i++) text[i] = hash.data[i];\n"
	"  return tsp_validated_source(self, text, 0, 0, TSP_EUNTRUSTED, \"never seen that key\"); }\n"
	"static const tsp_handler judge_handlers[] = { { \"ValidateSource\", on_validate }, { 0 } };\n"
	"static const tsp_class judge = { .name = \"Judge\", .init = accept, .handlers = judge_handlers };\n"
	"TSP_EXPORT(&adder, &refuser, &judge)\n";

#define FINI_FD 200

static char folder[] = "/tmp/tsp-simple-XXXXXX";
static int fini_pipe;
static tsp_system *sys;
static tsp_error err;

static int compile(void)
{
	const char *compiler = getenv("TSP_CC") != NULL ? getenv("TSP_CC") : "cc";
	const char *tree = getenv("TSP_SRCDIR") != NULL ? getenv("TSP_SRCDIR") : ".";
	char text[1024];
	pid_t pid;
	FILE *file;
	int status;

	snprintf(text, sizeof(text), "%s/simple.c", folder);
	file = fopen(text, "we");
	if (file == NULL || fputs(source, file) < 0 || fclose(file) != 0)
		return -1;
	snprintf(text, sizeof(text),
		"exec %s -std=c17 -D_GNU_SOURCE -DFINI_FD=%d -shared -fPIC -I'%s/lib' -o '%s/simple.so' "
		"'%s/simple.c'",
		compiler, FINI_FD, tree, folder, folder);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int setup_all(void **state)
{
	int fds[2];

	(void)state;
	if (mkdtemp(folder) == NULL || compile() < 0 || pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	fini_pipe = fds[0];
	if (dup2(fds[1], FINI_FD) < 0)
		return -1;
	close(fds[1]);
	return setenv("THESPIAN_PATH", folder, 1);
}

static int teardown_all(void **state)
{
	char text[256];

	(void)state;
	close(fini_pipe);
	close(FINI_FD);
	snprintf(text, sizeof(text), "%s/simple.c", folder);
	unlink(text);
	snprintf(text, sizeof(text), "%s/simple.so", folder);
	unlink(text);
	return rmdir(folder);
}

static int open_with(const char *authority)
{
	tsp_open_options options = { .base = "simpleSystemBase", .authority = authority, .timeout_ms = 5000 };

	err = (tsp_error){ 0 };
	return tsp_open(&options, &sys, &err);
}

static int setup(void **state)
{
	(void)state;
	return open_with(NULL);
}

static int teardown(void **state)
{
	char byte;

	(void)state;
	tsp_close(sys);
	sys = NULL;
	while (read(fini_pipe, &byte, 1) > 0)
		continue;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static tsp_address adder(const char *name)
{
	tsp_create_options options = { .name = name };
	tsp_address actor = TSP_NOBODY;

	assert_int_equal(tsp_system_create(sys, "simple:Adder", &options, 5000, &actor, &err), TSP_OK);
	return actor;
}

/* A message {key: number}. */
static int ask(tsp_address target, const char *type, const char *key, int64_t number, int64_t timeout_ms,
	tsp_message **ret_reply)
{
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;
	int rc;

	tsp_put_format(builder, "{s:I}", key, number);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	rc = tsp_ask(sys, target, type, value, timeout_ms, ret_reply, &err);
	tsp_builder_free(builder);
	return rc;
}

static int64_t add(tsp_address target, int64_t number)
{
	tsp_message *reply = NULL;
	int64_t sum;

	assert_int_equal(ask(target, "Add", "n", number, 5000, &reply), TSP_OK);
	assert_true(tsp_message_is(reply, "Sum"));
	sum = tsp_get_int(reply, "sum", -1);
	tsp_message_free(reply);
	return sum;
}

static void an_actor_answers(void **state)
{
	tsp_address named, other;

	(void)state;
	named = adder("Adder");
	assert_true(tsp_address_equal(named, tsp_system_name_address(sys, "Adder")));
	other = adder(NULL);
	assert_int_equal(add(named, 5), 5);
	assert_int_equal(add(other, 1), 1);
	assert_int_equal(add(tsp_system_name_address(sys, "Adder"), 2), 7);
	assert_true(tsp_address_equal(adder("Adder"), named));
	assert_int_equal(add(named, 1), 8);
	assert_int_equal(tsp_descriptor(sys), -1);
}

static void a_creation_that_fails_says_why(void **state)
{
	tsp_address actor = TSP_NOBODY;

	(void)state;
	assert_int_equal(tsp_system_create(sys, "simple:Refuser", NULL, 5000, &actor, &err), TSP_ESTART);
	assert_non_null(strstr(err.text, "cannot create 'simple:Refuser': "));
	assert_non_null(strstr(err.text, "not today"));
	assert_int_equal(tsp_system_create(sys, "simple:Nobody", NULL, 5000, &actor, &err), TSP_ECLASS);
	assert_int_equal(tsp_system_create(sys, "absent:Nobody", NULL, 5000, &actor, &err), TSP_ECLASS);
	assert_int_equal(tsp_system_create(sys, "Adder", NULL, 5000, &actor, &err), TSP_ECLASS);
	assert_int_equal(tsp_system_create(sys, "", NULL, 5000, &actor, &err), TSP_ECLASS);
	assert_int_equal(tsp_system_create(sys, NULL, NULL, 5000, &actor, &err), TSP_EUSAGE);
	assert_int_equal(tsp_system_create(sys, "simple:Adder", &(tsp_create_options){ .name = "#1" }, 5000, &actor,
				 &err),
		TSP_ENAME);
	assert_true(tsp_address_is_nobody(actor));
}

static void a_failing_handler_sends_poison(void **state)
{
	tsp_message *reply = NULL;

	(void)state;
	assert_int_equal(ask(adder(NULL), "Fail", "n", 1, 5000, &reply), TSP_OK);
	assert_true(tsp_message_is(reply, "PoisonMessage"));
	assert_true(tsp_text_is(tsp_get_text(reply, "details"), "no good"));
	tsp_message_free(reply);
}

static void wake_ups_come_while_the_caller_waits(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	int64_t begin = now_ms();

	(void)state;
	assert_int_equal(ask(actor, "Later", "ms", 50, 5000, &reply), TSP_OK);
	assert_in_range(now_ms() - begin, 50, 2000);
	tsp_message_free(reply);
	/* One that is only pending keeps nobody from the deadline. */
	begin = now_ms();
	assert_int_equal(ask(actor, "Later", "ms", 300, 30, &reply), TSP_ETIMEOUT);
	assert_in_range(now_ms() - begin, 29, 250);
	assert_int_equal(tsp_listen(sys, 5000, &reply, &err), TSP_OK);
	assert_true(tsp_message_is(reply, "Awake"));
	tsp_message_free(reply);
}

static void descriptors_are_watched(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(ask(actor, "Watch", "fd", fds[0], 50, &reply), TSP_ETIMEOUT);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(tsp_listen(sys, 5000, &reply, &err), TSP_OK);
	assert_true(tsp_message_is(reply, "Readable"));
	tsp_message_free(reply);
	assert_int_equal(tsp_listen(sys, 50, &reply, &err), TSP_ETIMEOUT); /* once only */
	close(fds[0]);
	close(fds[1]);
}

/* It rings the bell and is readable in the same sleep: what it is told of is what was readable. */
static void a_bell_does_not_mix_up_what_is_readable(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	tsp_outbox *outbox;
	int first[2], second[2];

	(void)state;
	assert_int_equal(pipe2(first, O_CLOEXEC), 0);
	assert_int_equal(pipe2(second, O_CLOEXEC), 0);
	assert_int_equal(ask(actor, "Outbox", "n", 0, 5000, &reply), TSP_OK);
	outbox = (tsp_outbox *)(uintptr_t)tsp_get_int(reply, "at", 0);
	tsp_message_free(reply);
	assert_non_null(outbox);
	assert_int_equal(ask(actor, "Watch", "fd", first[0], 50, &reply), TSP_ETIMEOUT);
	assert_int_equal(write(first[1], "x", 1), 1);
	assert_int_equal(tsp_outbox_sendf(outbox, actor, "Rewatch", "{s:i}", "fd", second[0]), TSP_OK);
	assert_int_equal(tsp_listen(sys, 5000, &reply, &err), TSP_OK);
	assert_true(tsp_message_is(reply, "Readable"));
	assert_int_equal(tsp_get_int(reply, "fd", -1), first[0]);
	tsp_message_free(reply);
	assert_int_equal(tsp_listen(sys, 50, &reply, &err), TSP_ETIMEOUT);
	assert_int_equal(write(second[1], "x", 1), 1);
	assert_int_equal(tsp_listen(sys, 5000, &reply, &err), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "fd", -1), second[0]);
	tsp_message_free(reply);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
}

static void an_actor_that_never_rests_ends_no_deadline(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	int64_t begin = now_ms();

	(void)state;
	assert_int_equal(tsp_tell(sys, actor, "Spin", (tsp_value){ NULL, 0 }, &err), TSP_OK);
	assert_in_range(now_ms() - begin, 0, 1000);
	begin = now_ms();
	assert_int_equal(tsp_listen(sys, 100, &reply, &err), TSP_ETIMEOUT);
	assert_in_range(now_ms() - begin, 99, 1000);
	assert_int_equal(add(actor, 3), 3);
}

static void an_exit_is_final(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	tsp_value nothing = { NULL, 0 };
	char byte = 0;

	(void)state;
	assert_int_equal(tsp_tell(sys, actor, "Leave", nothing, &err), TSP_OK);
	assert_int_equal(read(fini_pipe, &byte, 1), 1);
	assert_int_equal(ask(actor, "Add", "n", 1, 5000, &reply), TSP_EDEAD);
	assert_int_equal(add(adder(NULL), 4), 4); /* the stage comes again */
}

static void an_actor_that_is_alone_can_be_killed(void **state)
{
	tsp_message *reply = NULL;
	tsp_address actor = adder(NULL);
	int sharing = -1;

	(void)state;
	assert_int_equal(tsp_kill(sys, actor, 0, false, &sharing, &err), TSP_OK);
	assert_int_equal(sharing, 0);
	assert_int_equal(ask(actor, "Add", "n", 1, 5000, &reply), TSP_EDEAD);
	assert_int_equal(tsp_kill(sys, actor, 0, false, &sharing, &err), TSP_EDEAD);
	actor = adder(NULL);
	adder(NULL);
	assert_int_equal(tsp_kill(sys, actor, 0, false, &sharing, &err), TSP_EPERM);
	assert_int_equal(sharing, 1);
}

static void status_and_names(void **state)
{
	tsp_message *message = NULL;
	tsp_address actor = adder("Adder");
	tsp_address holder = TSP_NOBODY;

	(void)state;
	assert_int_equal(tsp_resolve(sys, "Adder", 1000, &holder, &err), TSP_OK);
	assert_int_equal(add(holder, 1), 1);
	assert_int_equal(tsp_resolve(sys, "Nobody", 1000, &holder, &err), TSP_ENOENT);
	assert_int_equal(tsp_status(sys, tsp_admin(sys), 1000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "Thespian_SystemStatus"));
	tsp_message_free(message);
	assert_int_equal(tsp_status(sys, actor, 1000, &message, &err), TSP_OK);
	assert_true(tsp_message_is(message, "Thespian_ActorStatus"));
	tsp_message_free(message);
	assert_int_equal(tsp_actors(sys, 1000, &message, &err), TSP_OK);
	assert_int_equal(tsp_value_count(tsp_get(message, "actors")), 1);
	tsp_message_free(message);
}

static void loads_go_to_the_authority(void **state)
{
	char hash[65] = "unchanged";

	(void)state;
	assert_int_equal(tsp_system_load(sys, "junk", 4, "junk.tls", 5000, hash, NULL, &err), TSP_ENOAUTHORITY);
	tsp_close(sys);
	assert_int_equal(open_with("simple:Judge"), TSP_OK);
	assert_int_equal(tsp_system_load(sys, "junk", 4, "junk.tls", 5000, hash, NULL, &err), TSP_EUNTRUSTED);
	assert_string_equal(err.text, "cannot load 'junk.tls': never seen that key");
	assert_string_equal(hash, "unchanged");
	assert_int_equal(tsp_system_unload(sys, "abcdef", 1000, &err), TSP_ESOURCE);
	tsp_close(sys);
	sys = NULL;
	assert_int_equal(open_with("simple:Refuser"), TSP_ESTART);
	assert_int_equal(open_with("absent:Judge"), TSP_ESTART);
	assert_null(sys);
}

static void an_end_is_in_order(void **state)
{
	tsp_message *message = NULL;
	tsp_address actor = adder(NULL);
	int killed = -1;
	char byte = 0;

	(void)state;
	adder("Other");
	assert_int_equal(tsp_shutdown(sys, 5000, &killed, &err), TSP_OK);
	assert_int_equal(killed, 0);
	assert_int_equal(read(fini_pipe, &byte, 1), 1);
	assert_int_equal(read(fini_pipe, &byte, 1), 1);
	assert_int_equal(tsp_shutdown(sys, 5000, &killed, &err), TSP_OK);
	assert_int_equal(ask(actor, "Add", "n", 1, 1000, &message), TSP_ENOSYSTEM);
	assert_int_equal(tsp_listen(sys, 1000, &message, &err), TSP_ENOSYSTEM);
	tsp_close(sys);
	assert_int_equal(open_with(NULL), TSP_OK);
	adder(NULL);
	tsp_close(sys); /* the same without being asked */
	sys = NULL;
	assert_int_equal(read(fini_pipe, &byte, 1), 1);
}

static void on_alarm(int number)
{
	(void)number;
	tsp_interrupt();
}

static void an_interrupt_ends_a_wait(void **state)
{
	struct itimerval soon = { .it_value = { .tv_usec = 30000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	tsp_message *message = NULL;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(tsp_listen(sys, 10000, &message, &err), TSP_EINTERRUPT);
	assert_int_equal(tsp_listen(sys, 20, &message, &err), TSP_ETIMEOUT);
}

static void two_systems_live_side_by_side(void **state)
{
	tsp_open_options options = { .base = "simpleSystemBase" };
	tsp_address actor = adder(NULL);
	tsp_system *other = NULL;
	tsp_message *reply = NULL;

	(void)state;
	assert_int_equal(tsp_open(&options, &other, &err), TSP_OK);
	assert_int_not_equal(tsp_admin(other).system, tsp_admin(sys).system);
	assert_int_equal(tsp_ask(other, actor, "Add", (tsp_value){ NULL, 0 }, 1000, &reply, &err), TSP_EDEAD);
	assert_int_equal(add(actor, 2), 2);
	tsp_close(other);
	assert_int_equal(add(actor, 2), 4);
}

/* Handles come and go in any order; the actors end with the last. */
static void the_last_handle_ends_the_system(void **state)
{
	tsp_address actor = adder(NULL);
	tsp_system *first = sys, *second = NULL, *third = NULL;
	tsp_message *message = NULL;
	char byte;

	(void)state;
	assert_int_equal(tsp_open_private(first, &second, &err), TSP_OK);
	assert_int_equal(tsp_open_private(second, &third, &err), TSP_OK);
	tsp_close(second);
	assert_int_equal(add(actor, 2), 2);
	tsp_close(first);
	sys = third;
	assert_int_equal(add(actor, 2), 4);
	assert_int_equal(tsp_tell(sys, actor, "Add", (tsp_value){ NULL, 0 }, &err), TSP_OK);
	assert_int_equal(tsp_listen(sys, 5000, &message, &err), TSP_OK);
	tsp_message_free(message);
	assert_int_equal(read(fini_pipe, &byte, 1), -1);
	tsp_close(sys);
	sys = NULL;
	assert_int_equal(read(fini_pipe, &byte, 1), 1);
}

static void what_is_not_read_stays_the_handle_s_own(void **state)
{
	tsp_address actor = adder(NULL);
	tsp_system *second = NULL;
	tsp_message *message = NULL;

	(void)state;
	assert_int_equal(tsp_open_private(sys, &second, &err), TSP_OK);
	assert_int_equal(tsp_tell(second, actor, "Add", (tsp_value){ NULL, 0 }, &err), TSP_OK);
	assert_int_equal(tsp_listen(sys, 50, &message, &err), TSP_ETIMEOUT);
	assert_int_equal(tsp_listen(second, 5000, &message, &err), TSP_OK);
	tsp_message_free(message);
	assert_int_equal(tsp_shutdown(second, 5000, NULL, &err), TSP_OK);
	assert_int_equal(tsp_listen(sys, 50, &message, &err), TSP_ENOSYSTEM);
	tsp_close(second);
}

static void no_handle_is_entered_from_a_handler(void **state)
{
	tsp_address actor = adder(NULL);
	tsp_system *second = NULL;
	tsp_message *reply = NULL;
	tsp_builder *builder = tsp_builder_new();
	tsp_value value;

	(void)state;
	assert_int_equal(tsp_open_private(sys, &second, &err), TSP_OK);
	tsp_put_format(builder, "{s:u}", "system", (uint64_t)(uintptr_t)second);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	assert_int_equal(tsp_ask(sys, actor, "Enter", value, 5000, &reply, &err), TSP_OK);
	assert_int_equal(tsp_get_int(reply, "code", 0), TSP_EUSAGE);
	tsp_message_free(reply);
	tsp_builder_free(builder);
	tsp_close(second);
}

static void asks_that_are_started_wait_for_their_turn(void **state)
{
	tsp_address actor = adder(NULL);
	tsp_builder *builder = tsp_builder_new();
	tsp_message *reply = NULL;
	uint64_t asks[TSP_ASK_LIMIT];
	uint64_t more = 0;
	tsp_value value;

	(void)state;
	tsp_put_format(builder, "{s:i}", "n", 1);
	assert_int_equal(tsp_builder_value(builder, &value), TSP_OK);
	for (int i = 0; i < TSP_ASK_LIMIT; i++)
		assert_int_equal(tsp_ask_start(sys, actor, "Add", value, 5000, &asks[i], &err), TSP_OK);
	assert_int_equal(tsp_ask_start(sys, actor, "Add", value, 5000, &more, &err), TSP_ELIMIT);
	for (int i = TSP_ASK_LIMIT - 1; i >= 0; i--) {
		assert_int_equal(tsp_ask_finish(sys, &asks[i], &reply, &err), TSP_OK);
		assert_int_equal(tsp_get_int(reply, "sum", -1), i + 1);
		tsp_message_free(reply);
	}
	assert_int_equal(tsp_ask_start(sys, actor, "Ignored", value, 20, &more, &err), TSP_OK);
	assert_int_equal(tsp_ask_finish(sys, &more, &reply, &err), TSP_ETIMEOUT);
	assert_int_equal(add(actor, 1), TSP_ASK_LIMIT + 1);
	tsp_builder_free(builder);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_actor_answers),
		TEST(a_creation_that_fails_says_why),
		TEST(a_failing_handler_sends_poison),
		TEST(wake_ups_come_while_the_caller_waits),
		TEST(descriptors_are_watched),
		TEST(a_bell_does_not_mix_up_what_is_readable),
		TEST(an_actor_that_never_rests_ends_no_deadline),
		TEST(an_exit_is_final),
		TEST(an_actor_that_is_alone_can_be_killed),
		TEST(status_and_names),
		TEST(loads_go_to_the_authority),
		TEST(an_end_is_in_order),
		TEST(an_interrupt_ends_a_wait),
		TEST(two_systems_live_side_by_side),
		TEST(the_last_handle_ends_the_system),
		TEST(what_is_not_read_stays_the_handle_s_own),
		TEST(no_handle_is_entered_from_a_handler),
		TEST(asks_that_are_started_wait_for_their_turn),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
