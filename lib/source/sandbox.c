/* SPDX-License-Identifier: MIT */
/* The kernel's interface is declared here: Debian's headers know its first levels only. */
#include "config.h"

#include "source/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_RULESET_VERSION 1
#define RULE_PATH_BENEATH      1

#define SCOPE_SIGNALS	       (UINT64_C(1) << 1)
#define SCOPE_LEVEL	       6

#define FS_EXECUTE    (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE  (UINT64_C(1) << 2)
#define FS_READ_DIR   (UINT64_C(1) << 3)
#define FS_TRUNCATE   (UINT64_C(1) << 14)
#define FS_READ	      (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define FS_OF_FILES   (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

struct ruleset {
	uint64_t filesystem;
	uint64_t network;
	uint64_t scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int sandbox_level(void)
{
	long level = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return level > 0 ? (int)level : 0;
}

/* Every right that a kernel of this level knows. */
static struct ruleset all_of(int level, size_t *ret_size)
{
	unsigned rights = level >= 5 ? 16 : level >= 3 ? 15 : level == 2 ? 14 : 13;
	struct ruleset all = { .filesystem = (UINT64_C(1) << rights) - 1 };

	*ret_size = sizeof(all.filesystem);
	if (level >= 4) {
		all.network = 3; /* TCP: bind, connect */
		*ret_size += sizeof(all.network);
	}
	if (level >= 6) {
		all.scoped = 3; /* abstract sockets, signals */
		*ret_size += sizeof(all.scoped);
	}
	return all;
}

static int allow(int fd, const char *path, uint64_t rights, tsp_error *err)
{
	struct path_beneath rule = { .parent = open(path, O_PATH | O_CLOEXEC) };
	struct stat status;
	int rc = TSP_OK;

	if (rule.parent < 0)
		return errno == ENOENT || errno == ENOTDIR ? TSP_OK :
							     tsp_fail_errno(err, "open", path);
	if (fstat(rule.parent, &status) == 0 && !S_ISDIR(status.st_mode))
		rights &= FS_OF_FILES;
	rule.allowed = rights;
	if (syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) < 0)
		rc = tsp_fail_errno(err, "shut a program in for", path);
	(void)close(rule.parent); /* a name, no more */
	return rc;
}

int sandbox_open(
	const char *const *readable, const char *const *writable, int *ret_fd, tsp_error *err)
{
	int level = sandbox_level();
	struct ruleset all;
	size_t size;
	int rc = TSP_OK;
	int fd;

	*ret_fd = -1;
	if (level == 0)
		return TSP_OK;
	all = all_of(level, &size);
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (fd < 0)
		return tsp_fail_errno(err, "make", "a sandbox");
	for (; rc == TSP_OK && *readable; readable++)
		rc = allow(fd, *readable, FS_READ, err);
	for (; rc == TSP_OK && *writable; writable++)
		rc = allow(fd, *writable, all.filesystem, err);
	if (rc < 0)
		(void)close(fd); /* no rule holds */
	else
		*ret_fd = fd;
	return rc;
}

int sandbox_enter(int fd)
{
	if (fd < 0)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_landlock_restrict_self, fd, 0);
}

int sandbox_hold_signals(void)
{
	struct ruleset rules = { .scoped = SCOPE_SIGNALS };
	int rc;
	int fd;

	if (sandbox_level() < SCOPE_LEVEL)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd < 0)
		return -1;
	rc = sandbox_enter(fd);
	(void)close(fd);
	return rc;
}
