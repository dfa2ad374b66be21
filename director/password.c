/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/options.h"

/* Reads a line; what does not fit is an error, not a shorter password. */
static int read_line(int fd, char *out, size_t size)
{
	size_t used = 0;

	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

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

static int ask_terminal(const char *prompt, char *out, size_t size, tsp_error *err)
{
	struct termios before, quiet;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (fd < 0 || tcgetattr(fd, &before) < 0) {
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		return tsp_fail(err, TSP_EUSAGE, "cannot ask for a password: there is no terminal");
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON;
	rc = file_write_all(fd, prompt, strlen(prompt));
	if (rc >= 0 && tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		rc = TSP_EIO;
	if (rc >= 0)
		rc = read_line(fd, out, size);
	(void)tcsetattr(fd, TCSAFLUSH, &before); /* nothing can be done about it here */
	(void)file_write_all(fd, "\n", 1);	 /* looks only */
	(void)close(fd);
	return rc < 0 ? failed(rc, out, size, err) : TSP_OK;
}

int password_ask(void *data, const char *prompt, char *out, size_t size, tsp_error *err)
{
	int rc;

	if (!data)
		return ask_terminal(prompt, out, size, err);
	rc = read_line(*(const int *)data, out, size);
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
