/* SPDX-License-Identifier: MIT */
/* new NAME: a folder with a source that builds at once. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/context.h"
#include "director/templates.h"
#include "source/package.h"

struct new_call {
	struct context *context;
	const char *name;
	char class_name[TEMPLATE_CLASS_TEXT];
	char *files[TEMPLATES_COUNT]; /* as they are called in the end */
};

static int make_file(struct new_call *new, size_t index, const char *folder, tsp_error *err)
{
	const struct template *template = &templates_table[index];
	char *file = template_fill(template->file, new->name, new->class_name);
	char *text = template_fill(template->text, new->name, new->class_name);
	char *path = file ? file_join(folder, file) : NULL;
	int rc;

	new->files[index] = file ? file_join(new->name, file) : NULL;
	if (text && path && new->files[index])
		rc = file_create(path, text, strlen(text), 0644, err);
	else
		rc = tsp_fail(err, TSP_ENOMEM, "out of memory");
	free(path);
	free(text);
	free(file);
	return rc;
}

static int refuse_existing(const char *name, tsp_error *err)
{
	(void)tsp_fail(err, TSP_EEXIST, "cannot make '%s': it is there already", name);
	return status_hint(err, "nothing is overwritten: take another name, or remove it first");
}

/* All of it beside, then in one step: there is never a folder of which a part is missing. */
static int make_folder(struct new_call *new, tsp_error *err)
{
	char *beside = text_format(".%s.XXXXXX", new->name);
	struct stat info;
	int rc = TSP_OK;

	if (!beside)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	if (lstat(new->name, &info) == 0)
		rc = refuse_existing(new->name, err);
	else if (!mkdtemp(beside))
		rc = tsp_fail_errno(err, "make folder", new->name);
	if (rc < 0) {
		free(beside);
		return rc;
	}
	if (chmod(beside, 0755) < 0)
		rc = tsp_fail_errno(err, "make folder", new->name);
	for (size_t i = 0; rc >= 0 && i < TEMPLATES_COUNT; i++)
		rc = make_file(new, i, beside, err);
	if (rc >= 0 && rename(beside, new->name) < 0)
		rc = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ?
			refuse_existing(new->name, err) :
			tsp_fail_errno(err, "make folder", new->name);
	if (rc < 0)
		(void)file_remove_tree(beside, NULL); /* the first error is the one to tell */
	free(beside);
	return rc;
}

static int new_print(const struct new_call *new)
{
	struct output *output = context_output(new->context);
	char next[200];
	int rc;

	(void)snprintf(next, sizeof(next), "thespian-director watch %s %s", new->name, new->name);
	output_begin(output, NULL, NULL);
	output_string(output, "folder", NULL, new->name);
	output_string(output, "class", NULL, new->class_name);
	output_list(output, "files", NULL);
	for (size_t i = 0; output_form(output) == OUTPUT_JSON && i < TEMPLATES_COUNT; i++)
		output_string(output, "", "", new->files[i]);
	output_end(output);
	output_string(output, "next", NULL, next);
	for (size_t i = 0; i < TEMPLATES_COUNT; i++)
		output_say(output, "made %s", new->files[i]);
	output_end(output);
	rc = output_finish(output);
	if (rc >= 0)
		(void)fprintf(stderr,
			"hint: '%s' loads it now and on every save; %s/README.md says more\n", next,
			new->name);
	return rc;
}

static int new_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct new_call new = { .context = data, .name = call->argv[0] };
	char shown[80];
	int rc;

	if (!package_group_ok(new.name))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot make '%s': letters, digits and _ . - are allowed in a group's name, 64 at most",
			text_quote(tsp_text_of(new.name), shown, sizeof(shown)));
	(void)template_class(new.name, new.class_name);
	rc = make_folder(&new, err);
	if (rc >= 0)
		rc = new_print(&new);
	for (size_t i = 0; i < TEMPLATES_COUNT; i++)
		free(new.files[i]);
	return rc;
}

const struct command new_command = {
	.name = "new",
	.synopsis = "NAME",
	.summary = "make a source that builds: an actor, its group file, its test",
	.details =
		"Makes the folder NAME in the current one. An existing one is left as it is, and refused.",
	.args_min = 1,
	.args_max = 1,
	.run = new_run,
};
