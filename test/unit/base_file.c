/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

static char *folder;

/* Called instead of the next sync of a folder, which then fails. */
static void (*on_folder_sync)(void);

/* In place of the C library's: the tests need no disk that keeps what they write. */
int fsync(int fd)
{
	void (*call)(void) = on_folder_sync;
	struct stat info;

	if (call == NULL || fstat(fd, &info) < 0 || !S_ISDIR(info.st_mode))
		return 0;
	on_folder_sync = NULL;
	call();
	errno = EIO;
	return -1;
}

static char *path_of(const char *name)
{
	char *path = file_join(folder, name);

	assert_non_null(path);
	return path;
}

static int set_up(void **state)
{
	char name[] = "/tmp/tsp file XXXXXX";

	(void)state;
	folder = mkdtemp(name) != NULL ? strdup(name) : NULL;
	return folder != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	int rc = file_remove_tree(folder, NULL);

	(void)state;
	free(folder);
	return rc;
}

static void a_file_is_replaced_whole(void **state)
{
	char *path = path_of("a file");
	struct buffer buffer;
	struct stat info;
	tsp_error err = { 0 };

	(void)state;
	buffer_init(&buffer, 100);
	assert_int_equal(file_replace(path, "one", 3, 0640, &err), TSP_OK);
	assert_int_equal(file_replace(path, "three", 5, 0600, &err), TSP_OK);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(file_read(path, &buffer, &err), TSP_OK);
	assert_int_equal(file_read(path, &buffer, &err), TSP_OK);
	assert_int_equal(buffer.size, 10);
	assert_memory_equal(buffer.data, "threethree", 10);
	buffer_clear(&buffer);
	free(path);
}

/* Whether file_replace of another file in the folder leaves this one alone. */
static bool outlives_a_replacement(const char *path)
{
	char *other = path_of("other");

	assert_int_equal(file_replace(other, "x", 1, 0600, NULL), TSP_OK);
	free(other);
	return access(path, F_OK) == 0;
}

static void what_a_killed_writer_left_is_removed(void **state)
{
	static const char *const kept[] = { "a.tsp-123456", ".a.tsp-12345", ".a.tsp-1234567",
		".tsp-123456", ".a.bak-123456" };
	char *left = path_of(".a file.tsp-123456");
	int fd;

	(void)state;
	assert_int_equal(file_create(left, "half", 4, 0600, NULL), TSP_OK);
	assert_false(outlives_a_replacement(left));
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		char *path = path_of(kept[i]);

		assert_int_equal(file_create(path, "mine", 4, 0600, NULL), TSP_OK);
		assert_true(outlives_a_replacement(path));
		free(path);
	}
	/* one that is still written to stays */
	fd = open(left, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_true(outlives_a_replacement(left));
	close(fd);
	assert_false(outlives_a_replacement(left));
	assert_int_equal(mkdir(left, 0700), 0);
	assert_true(outlives_a_replacement(left));
	free(left);
}

/* ---- A sync that fails, while another writer is at it ------------------------------------------- */

static void nobody(void)
{
}

static void another_in_the_folder(void)
{
	char *other = path_of("other");

	assert_int_equal(file_replace(other, "x", 1, 0600, NULL), TSP_OK);
	free(other);
}

static void another_of_the_file(void)
{
	char *path = path_of("file");

	assert_int_equal(file_replace(path, "theirs", 6, 0600, NULL), TSP_OK);
	free(path);
}

static void fails_and_leaves(void (*meanwhile)(void), const char *before, const char *after)
{
	char *path = path_of("file");
	char *listing = text_format("ls -A '%s' | grep -q '^[.]file[.]tsp-'", folder);
	struct buffer buffer;
	tsp_error err = { 0 };

	buffer_init(&buffer, 100);
	(void)unlink(path);
	if (before != NULL)
		assert_int_equal(file_create(path, before, strlen(before), 0600, &err), TSP_OK);
	on_folder_sync = meanwhile;
	assert_int_equal(file_replace(path, "new", 3, 0600, &err), TSP_EIO);
	assert_null(on_folder_sync);
	if (after != NULL) {
		assert_int_equal(file_read(path, &buffer, &err), TSP_OK);
		assert_int_equal(buffer.size, strlen(after));
		assert_memory_equal(buffer.data, after, buffer.size);
	} else {
		assert_int_equal(access(path, F_OK), -1);
	}
	assert_int_not_equal(system(listing), 0); /* nothing is left beside */
	buffer_clear(&buffer);
	free(listing);
	free(path);
}

static void what_was_there_is_put_back(void **state)
{
	(void)state;
	fails_and_leaves(nobody, "old", "old");
	fails_and_leaves(nobody, NULL, NULL);
	/* the old one must not be taken for a left one */
	fails_and_leaves(another_in_the_folder, "old", "old");
}

static void what_another_wrote_stays(void **state)
{
	(void)state;
	fails_and_leaves(another_of_the_file, "old", "theirs");
	fails_and_leaves(another_of_the_file, NULL, "theirs");
}

static void a_limit_holds_to_the_byte(void **state)
{
	char *path = path_of("limit");
	struct buffer buffer;
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(file_replace(path, "12345", 5, 0600, &err), TSP_OK);
	buffer_init(&buffer, 5);
	assert_int_equal(file_read(path, &buffer, &err), TSP_OK);
	assert_int_equal(buffer.size, 5);
	buffer_clear(&buffer);
	buffer_init(&buffer, 4);
	assert_int_equal(file_read(path, &buffer, &err), TSP_ELIMIT);
	assert_int_equal(buffer.size, 0);
	assert_non_null(strstr(err.text, "more than 4 bytes"));
	buffer_clear(&buffer);
	free(path);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	char *missing = path_of("missing");
	char *pipe_path = path_of("pipe");
	struct buffer buffer;
	tsp_error err = { 0 };

	(void)state;
	buffer_init(&buffer, 100);
	assert_int_equal(file_read(missing, &buffer, &err), TSP_ENOENT);
	assert_non_null(strstr(err.text, "cannot open '"));
	assert_int_equal(file_read(folder, &buffer, &err), TSP_EIO);
	assert_non_null(strstr(err.text, "cannot read '"));
	assert_int_equal(file_read_fd(-1, &buffer, &err), TSP_EIO);
	/* A pipe that nobody writes to ends at once. */
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(file_read(pipe_path, &buffer, &err), TSP_OK);
	assert_int_equal(buffer.size, 0);
	buffer_clear(&buffer);
	free(missing);
	free(pipe_path);
}

static void a_new_file_must_be_new(void **state)
{
	char *path = path_of("new");
	char *link_path = path_of("link");
	tsp_error err = { 0 };
	struct stat info;

	(void)state;
	assert_int_equal(file_create(path, "x", 1, 0600, &err), TSP_OK);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(file_create(path, "y", 1, 0600, &err), TSP_EEXIST);
	assert_int_equal(symlink("elsewhere", link_path), 0);
	assert_int_equal(file_create(link_path, "y", 1, 0600, &err), TSP_EEXIST);
	assert_int_equal(file_create("/nonexistent/a/b", "y", 1, 0600, &err), TSP_ENOENT);
	assert_int_equal(file_replace("/nonexistent/a/b", "y", 1, 0600, &err), TSP_ENOENT);
	free(path);
	free(link_path);
}

static void a_failed_replace_leaves_nothing(void **state)
{
	char *path = path_of("taken");
	char *inside = path_of("taken/x");
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(file_make_folder(path, 0700, &err), TSP_OK);
	assert_int_equal(file_create(inside, "", 0, 0600, &err), TSP_OK);
	assert_true(file_replace(path, "y", 1, 0600, &err) < 0);
	assert_int_equal(file_remove_tree(path, &err), TSP_OK);
	free(path);
	free(inside);
}

static void folders_are_made_and_removed(void **state)
{
	char *deep = path_of("a//b/c d/");
	char *top = path_of("a");
	char *file = path_of("a/b/file");
	char *below_file = path_of("a/b/file/x");
	char *link_path = path_of("a/out");
	char *outside = path_of("outside");
	char *kept = path_of("outside/kept");
	tsp_error err = { 0 };

	(void)state;
	assert_int_equal(file_make_folder(deep, 0700, &err), TSP_OK);
	assert_int_equal(file_make_folder(deep, 0700, &err), TSP_OK);
	assert_int_equal(file_create(file, "x", 1, 0600, &err), TSP_OK);
	assert_int_equal(file_make_folder(file, 0700, &err), TSP_EIO);
	assert_int_equal(file_make_folder(below_file, 0700, &err), TSP_EIO);
	assert_int_equal(file_make_folder("", 0700, &err), TSP_ENOENT);
	assert_int_equal(file_make_folder("/", 0700, &err), TSP_OK);
	assert_int_equal(file_make_folder(outside, 0700, &err), TSP_OK);
	assert_int_equal(file_create(kept, "x", 1, 0600, &err), TSP_OK);
	assert_int_equal(symlink(outside, link_path), 0);
	assert_int_equal(file_remove_tree(top, &err), TSP_OK);
	assert_int_equal(access(top, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	assert_int_equal(file_remove_tree(top, &err), TSP_ENOENT);
	assert_int_equal(file_remove_tree(kept, &err), TSP_EIO);
	free(deep);
	free(top);
	free(file);
	free(below_file);
	free(link_path);
	free(outside);
	free(kept);
}

static void join_puts_one_slash(void **state)
{
	char *path = file_join("/", "a");

	(void)state;
	assert_string_equal(path, "/a");
	free(path);
	path = file_join("b", "a");
	assert_string_equal(path, "b/a");
	free(path);
}

static void writing_to_nothing_fails(void **state)
{
	(void)state;
	assert_int_equal(file_write_all(-1, "x", 1), TSP_EIO);
	assert_int_equal(file_write_all(-1, NULL, 0), TSP_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_whole),
		cmocka_unit_test(what_a_killed_writer_left_is_removed),
		cmocka_unit_test(what_was_there_is_put_back),
		cmocka_unit_test(what_another_wrote_stays),
		cmocka_unit_test(a_limit_holds_to_the_byte),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(a_new_file_must_be_new),
		cmocka_unit_test(a_failed_replace_leaves_nothing),
		cmocka_unit_test(folders_are_made_and_removed),
		cmocka_unit_test(join_puts_one_slash),
		cmocka_unit_test(writing_to_nothing_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
