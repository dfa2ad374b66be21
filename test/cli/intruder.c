/* SPDX-License-Identifier: MIT */
/*
 * Code that nobody should have signed: for hostile_actor.bats, where it is the source of a group. "Try
 * {what, path, pid}" does one thing that an actor must not be able to, and answers with what it got:
 * "done", or the error. The rest is what an honest actor does.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <thespian.h>
#include <unistd.h>

#define HEARD 4000

static long born_as = -1; /* who ran the constructor of this module */

__attribute__((constructor)) static void remember_user(void)
{
	born_as = (long)geteuid();
}

struct attempt {
	char *path;
	pid_t pid;
};

/* ---- Each returns 0 when it was done, else an errno ---- */

static int open_as(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int do_read(const struct attempt *attempt)
{
	return open_as(attempt->path, O_RDONLY);
}

static int do_write(const struct attempt *attempt)
{
	return open_as(attempt->path, O_WRONLY | O_APPEND);
}

static int do_make(const struct attempt *attempt)
{
	return open_as(attempt->path, O_WRONLY | O_CREAT | O_EXCL);
}

static int do_list(const struct attempt *attempt)
{
	DIR *folder = opendir(attempt->path);

	if (folder == NULL)
		return errno;
	closedir(folder);
	return 0;
}

static int do_remove(const struct attempt *attempt)
{
	return unlink(attempt->path) < 0 ? errno : 0;
}

static int do_rename(const struct attempt *attempt)
{
	char aside[4096];

	snprintf(aside, sizeof(aside), "%s.aside", attempt->path);
	return rename(attempt->path, aside) < 0 ? errno : 0;
}

static int do_open_up(const struct attempt *attempt)
{
	return chmod(attempt->path, 0777) < 0 ? errno : 0;
}

static int do_connect(const struct attempt *attempt)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", attempt->path);
	rc = connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
	close(fd);
	return rc;
}

static int do_signal(const struct attempt *attempt)
{
	return kill(attempt->pid, SIGKILL) < 0 ? errno : 0;
}

static int do_signal_handle(const struct attempt *attempt)
{
	int handle = (int)syscall(SYS_pidfd_open, attempt->pid, 0);
	int rc;

	if (handle < 0)
		return errno;
	rc = syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0) < 0 ? errno : 0;
	close(handle);
	return rc;
}

static int do_descriptor(const struct attempt *attempt)
{
	int handle = (int)syscall(SYS_pidfd_open, attempt->pid, 0);
	int rc;

	if (handle < 0)
		return errno;
	rc = syscall(SYS_pidfd_getfd, handle, 3, 0) < 0 ? errno : 0;
	close(handle);
	return rc;
}

static int do_trace(const struct attempt *attempt)
{
	return ptrace(PTRACE_SEIZE, attempt->pid, NULL, NULL) < 0 ? errno : 0;
}

/* A wrong address would say that the rest was allowed. */
static int do_peek(const struct attempt *attempt)
{
	char byte;
	struct iovec here = { &byte, 1 };
	struct iovec there = { &byte, 1 };

	return process_vm_readv(attempt->pid, &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

static int do_root(const struct attempt *attempt)
{
	(void)attempt;
	if (setuid(0) == 0 || setresuid(0, 0, 0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
		setgroups(0, NULL) == 0)
		return 0;
	return errno;
}

/* With privileges to gain a program that may have them (su, mount) would give them. */
static int do_privileges(const struct attempt *attempt)
{
	(void)attempt;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return EPERM;
	return 0;
}

static int do_look(const struct attempt *attempt)
{
	(void)attempt;
	return prctl(PR_GET_DUMPABLE) == 0 ? EPERM : 0;
}

static const struct {
	const char *what;
	int (*run)(const struct attempt *attempt);
} attempts[] = {
	{ "read", do_read },
	{ "write", do_write },
	{ "make", do_make },
	{ "list", do_list },
	{ "remove", do_remove },
	{ "rename", do_rename },
	{ "open up", do_open_up },
	{ "connect", do_connect },
	{ "signal", do_signal },
	{ "signal by handle", do_signal_handle },
	{ "take a descriptor", do_descriptor },
	{ "trace", do_trace },
	{ "peek", do_peek },
	{ "be root", do_root },
	{ "gain privileges", do_privileges },
	{ "be looked into", do_look },
};

static int on_try(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text what = tsp_get_text(message, "what");
	struct attempt attempt = { tsp_text_copy(tsp_get_text(message, "path")),
		(pid_t)tsp_get_int(message, "pid", 0) };
	const char *got = "not tried";

	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		if (tsp_text_is(what, attempts[i].what)) {
			int error = attempts[i].run(&attempt);

			got = error == 0 ? "done" : strerror(error);
		}
	}
	free(attempt.path);
	return tsp_sendf(self, sender, NULL, "s", got);
}

/* ---- What it asks of the system ---- */

static char heard[HEARD];

static int on_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text what = tsp_get_text(message, "what");
	char *hash = tsp_text_copy(tsp_get_text(message, "hash"));
	int code = TSP_EVALUE;

	if (tsp_text_is(what, "register"))
		code = tsp_register_source_authority(self);
	else if (tsp_text_is(what, "verdict")) /* no zip, but a lie is enough */
		code = tsp_validated_source(self, hash, "PK\5\6", 4, 0, NULL);
	free(hash);
	return tsp_sendf(self, sender, NULL, "i", code);
}

/* Make {class, argument, name}: its address. */
static int on_make(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	char *class = tsp_text_copy(tsp_get_text(message, "class"));
	char *name = tsp_text_copy(tsp_get_text(message, "name"));
	tsp_create_options options = { .name = name != NULL && name[0] != '\0' ? name : NULL,
		.argument = tsp_get(message, "argument") };
	tsp_address made = tsp_create(self, class, &options);

	free(class);
	free(name);
	return tsp_sendf(self, sender, NULL, "a", made);
}

static int on_heard(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, NULL, "s", heard);
}

/* Its answer comes when a wake-up and a watched pipe have come, or the child has sent the bytes back. */
struct waiting {
	tsp_address who;
	tsp_address child;
	int ends[2];
	bool woken;
};

static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	const struct waiting *waiting = tsp_state(self);
	size_t size = strlen(heard);
	tsp_text type = tsp_message_type(message);
	tsp_text why = tsp_get_text(message, "reason");
	tsp_text bytes;

	if (tsp_address_equal(sender, waiting->child) &&
		tsp_value_bytes(tsp_message_value(message), &bytes))
		return tsp_sendf(self, waiting->who, NULL, "I", (int64_t)bytes.size);
	snprintf(heard + size, sizeof(heard) - size, "%.*s: %.*s\n", (int)type.size, type.data,
		(int)why.size, why.data != NULL ? why.data : "");
	return TSP_OK;
}

/* ---- The honest half ---- */

static int on_who(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, NULL, "{s:i, s:i, s:i, s:s, s:i}", "uid", (int64_t)getuid(),
		"gid", (int64_t)getgid(), "born_as", (int64_t)born_as, "home", getenv("HOME"), "pid",
		(int64_t)getpid());
}

/* Variable: what the environment has of that name. */
static int on_variable(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text name = { NULL, 0 };
	char *copy;
	int rc;

	(void)tsp_value_text(tsp_message_value(message), &name);
	copy = tsp_text_copy(name);
	rc = tsp_sendf(self, sender, NULL, "s", copy != NULL ? getenv(copy) : NULL);
	free(copy);
	return rc;
}

static int on_echo(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	return tsp_send(self, sender, NULL, tsp_message_value(message));
}

/* Large {bytes}: to a child and back, each way by the memory that a host shares with the admin. */
static int on_large(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct waiting *waiting = tsp_state(self);
	size_t size = (size_t)tsp_get_int(message, "bytes", 0);
	void *bytes = calloc(1, size + 1);
	int rc;

	if (bytes == NULL)
		return TSP_ENOMEM;
	waiting->who = sender;
	waiting->child = tsp_create(self, "Intruder", NULL);
	rc = tsp_sendf(self, waiting->child, "Echo", "B", bytes, size);
	free(bytes);
	return rc;
}

static int on_wait(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct waiting *waiting = tsp_state(self);

	(void)message;
	waiting->who = sender;
	waiting->woken = false;
	if (pipe2(waiting->ends, O_CLOEXEC) < 0)
		return TSP_EIO;
	return tsp_wakeup_after(self, 10, (tsp_value){ NULL, 0 });
}

static int on_woken(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct waiting *waiting = tsp_state(self);

	(void)message;
	(void)sender;
	waiting->woken = true;
	if (write(waiting->ends[1], "x", 1) != 1)
		return TSP_EIO;
	return tsp_watch(self, waiting->ends, 1);
}

static int on_ready(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	struct waiting *waiting = tsp_state(self);

	(void)message;
	(void)sender;
	close(waiting->ends[0]);
	close(waiting->ends[1]);
	return tsp_sendf(self, waiting->who, NULL, "s", waiting->woken ? "both" : "one");
}

static const tsp_handler handlers[] = { { "Try", on_try }, { "Request", on_request },
	{ "Make", on_make }, { "Heard", on_heard }, { "Who", on_who }, { "Variable", on_variable },
	{ "Echo", on_echo }, { "Large", on_large }, { "Wait", on_wait },
	{ "WakeupMessage", on_woken }, { "WatchMessage", on_ready }, { 0 } };
static const tsp_class intruder = { .name = "Intruder",
	.state_size = sizeof(struct waiting),
	.handlers = handlers,
	.receive = on_any };
TSP_EXPORT(&intruder)
