/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/options.h"

/* Those that end or stop a program from its terminal, or from elsewhere. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

/* Signals that wait for us to have put the terminal in order. */
struct held {
	sigset_t before;
	int fd; /* can be read when one has come; -1: none are held */
};

static int hold(struct held *held)
{
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	held->fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (held->fd < 0)
		return TSP_EIO;
	if (sigprocmask(SIG_BLOCK, &set, &held->before) == 0)
		return TSP_OK;
	(void)close(held->fd); /* was not used */
	return TSP_EIO;
}

/* Lets them come: most do not return. Whether all that came was to stop, and we were continued. */
static bool let_come(const struct held *held)
{
	sigset_t come;
	bool stopped;

	sigemptyset(&come);
	(void)sigpending(&come); /* cannot fail */
	stopped = sigismember(&come, SIGTSTP) == 1;
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (ending[i] != SIGTSTP && sigismember(&come, ending[i]) == 1)
			stopped = false;
	(void)close(held->fd);				     /* was only looked at */
	(void)sigprocmask(SIG_SETMASK, &held->before, NULL); /* was its own */
	return stopped;
}

/* Waits for something to read, or a signal of signals (-1: for none). */
static int wait_to_read(int fd, int signals)
{
	struct pollfd either[] = { { .fd = fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };

	while (poll(either, 2, -1) < 0)
		if (errno != EINTR)
			return TSP_EIO;
	return either[1].revents ? TSP_EINTERRUPT : TSP_OK;
}

/* Reads a line; what does not fit is an error, not a shorter password. */
static int read_line(int fd, int signals, char *out, size_t size)
{
	size_t used = 0;

	for (;;) {
		char c;
		int rc = wait_to_read(fd, signals);
		ssize_t n = rc < 0 ? 0 : read(fd, &c, 1);

		if (rc < 0)
			return rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return TSP_EIO;
		if (c == '\n' || c == '\r')
			break;
		if (used + 1 >= size)
			return TSP_ELIMIT;
		out[used++] = c;
	}
	out[used] = '\0';
	return TSP_OK;
}

static int failed(int rc, char *out, size_t size, tsp_error *err)
{
	explicit_bzero(out, size);
	return tsp_fail(err, rc, "cannot read a password: %s", tsp_error_sentence(rc));
}

/* Asks once, without an echo, and leaves the terminal as it was. */
static int ask_blind(int fd, const struct termios *before, int signals, const char *prompt,
	char *out, size_t size)
{
	struct termios blind = *before;
	int rc = file_write_all(fd, prompt, strlen(prompt));

	blind.c_lflag &= ~(tcflag_t)ECHO;
	blind.c_lflag |= ICANON;
	if (rc >= 0 && tcsetattr(fd, TCSAFLUSH, &blind) < 0)
		rc = TSP_EIO;
	if (rc >= 0)
		rc = read_line(fd, signals, out, size);
	(void)tcsetattr(fd, TCSAFLUSH, before); /* nothing can be done about it here */
	(void)file_write_all(fd, "\n", 1);	/* looks only */
	return rc;
}

static int ask_terminal(const char *prompt, char *out, size_t size, tsp_error *err)
{
	struct termios before;
	struct held held;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	bool again;
	int rc;

	if (fd < 0 || tcgetattr(fd, &before) < 0) {
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		return tsp_fail(err, TSP_EUSAGE, "cannot ask for a password: there is no terminal");
	}
	do {
		rc = hold(&held);
		if (rc < 0)
			break;
		rc = ask_blind(fd, &before, held.fd, prompt, out, size);
		again = let_come(&held) && rc == TSP_EINTERRUPT;
	} while (again);
	(void)close(fd); /* what was written only looks */
	return rc < 0 ? failed(rc, out, size, err) : TSP_OK;
}

int password_ask(void *data, const char *prompt, char *out, size_t size, tsp_error *err)
{
	int rc;

	if (!data)
		return ask_terminal(prompt, out, size, err);
	rc = read_line(*(const int *)data, -1, out, size);
	return rc < 0 ? failed(rc, out, size, err) : TSP_OK;
}

int password_option(const struct options *options, int *ret_fd, int **ret_from, tsp_error *err)
{
	int64_t number = -1;
	int rc = options_get_int(options, "password-fd", 0, 65535, &number, err);

	*ret_from = NULL;
	if (rc < 0 || number < 0)
		return rc;
	*ret_fd = (int)number;
	*ret_from = ret_fd;
	return TSP_OK;
}

int password_ask_new(const int *fd, char *out, size_t size, tsp_error *err)
{
	char again[PASSWORD_LIMIT] = "";
	int from = fd ? *fd : -1;
	int rc = password_ask(fd ? &from : NULL, "Password for the new key: ", out, size, err);

	if (rc < 0)
		return rc;
	if (!fd)
		rc = ask_terminal("The same again: ", again, sizeof(again), err);
	if (rc >= 0 && !*out)
		rc = tsp_fail(err, TSP_EVALUE, "cannot make a key: the password is empty");
	else if (rc >= 0 && !fd && strcmp(out, again) != 0)
		rc = tsp_fail(err, TSP_EVALUE, "cannot make a key: the two passwords differ");
	explicit_bzero(again, sizeof(again));
	if (rc < 0)
		explicit_bzero(out, size);
	return rc;
}
