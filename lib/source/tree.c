/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

void tree_close(struct tree *tree)
{
	if (tree->folder)
		(void)file_remove_tree(tree->folder, NULL); /* swept by the next builder */
	free(tree->folder);
	free(tree->files);
	free(tree->temporary);
	free(tree->output);
	memset(tree, 0, sizeof(*tree));
}

/* Makes the folders above a file. */
static int make_parents(int folder, const char *name)
{
	char path[256];
	for (const char *at = strchr(name, '/'); at; at = strchr(at + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(at - name), name);
		if (mkdirat(folder, path, 0700) < 0 && errno != EEXIST)
			return TSP_EIO;
	}
	return 0;
}

static int write_file(int folder, const struct archive_file *file, tsp_error *err)
{
	static const struct timespec times[] = { { .tv_sec = TREE_TIME }, { .tv_sec = TREE_TIME } };
	int rc = make_parents(folder, file->name);
	int fd = rc < 0 ?
		-1 :
		openat(folder, file->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			file->executable ? 0700 : 0600);
	if (fd < 0 || file_write_all(fd, file->bytes, file->size) < 0 || futimens(fd, times) < 0)
		rc = tsp_fail_errno(err, "unpack", file->name);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int unpack(const char *path, const struct archive *archive, tsp_error *err)
{
	int rc = 0;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return tsp_fail_errno(err, "open", path);
	for (size_t i = 0; i < archive->count && rc == 0; i++)
		rc = write_file(folder, &archive->files[i], err);
	close(folder);
	return rc;
}

int tree_open(
	const char *parent, const struct archive *archive, struct tree *ret_tree, tsp_error *err)
{
	struct tree tree = { NULL, NULL, NULL, NULL };
	/* The process number tells later builders whether anybody still uses it. */
	char *folder = text_format("%s/build-%ld-XXXXXX", parent, (long)getpid());
	if (!folder)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (!mkdtemp(folder)) {
		int rc = tsp_fail_errno(err, "make a folder in", parent);
		free(folder);
		return rc;
	}
	tree.folder = folder;
	tree.files = file_join(folder, "files");
	tree.temporary = file_join(folder, "temporary");
	tree.output = file_join(folder, "module.so");
	int rc = 0;
	if (!tree.files || !tree.temporary || !tree.output)
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	else if (mkdir(tree.files, 0700) < 0 || mkdir(tree.temporary, 0700) < 0)
		rc = tsp_fail_errno(err, "make folders in", folder);
	if (rc == 0)
		rc = unpack(tree.files, archive, err);
	if (rc < 0)
		tree_close(&tree);
	else
		*ret_tree = tree;
	return rc;
}
