/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/script.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_LIMIT 1000 /* workers of a troupe */
#define LINE_BYTES  64	 /* of the script, in a line of the C file */

/* What is exported is collected when the module is opened: how many classes the package's own C files have
 * is known to their compiler only. A change here must change flags_text of compiler.c, as the cache's keys do
 * not see it. */
static const char head[] = "#undef tsp_module_exported\n"
			   "#include <thespian.h>\n"
			   "static const char text[] =\n";
static const char tail[] =
	"static int init(tsp_actor *self, tsp_value argument)\n"
	"{\n"
	"	return tsp_script_init(self, &script, argument);\n"
	"}\n"
	"static const tsp_class script_class = { .name = class_name, .state_size = sizeof(void *),\n"
	"	.init = init, .fini = tsp_script_fini, .receive = tsp_script_receive,\n"
	"	.host = TSP_HOST_OWN, .troupe = SCRIPT_TROUPE };\n"
	"__attribute__((weak, visibility(\"hidden\"))) extern const tsp_module tsp_module_of_package;\n"
	"static const tsp_class *classes[1002] = { &script_class };\n"
	"__attribute__((constructor)) static void collect(void)\n"
	"{\n"
	"	if (&tsp_module_of_package)\n"
	"		for (int i = 0; i < 1000 && tsp_module_of_package.classes[i]; i++)\n"
	"			classes[i + 1] = tsp_module_of_package.classes[i];\n"
	"}\n"
	"TSP_API extern const tsp_module tsp_module_exported;\n"
	"const tsp_module tsp_module_exported = { TSP_ABI, classes };\n";

static int set_file(struct manifest *manifest, const json_t *value)
{
	const char *file = json_string_value(value);

	if (!file || strlen(file) != json_string_length(value) || !archive_name_ok(file))
		return TSP_EVALUE;
	manifest->script.file = strdup(file);
	if (!manifest->script.file)
		return TSP_ENOMEM;
	return manifest_names_add(&manifest->executables, file);
}

static bool read_count(const json_t *troupe, const char *key, int *ret_count)
{
	const json_t *value = json_object_get(troupe, key);
	json_int_t count = json_integer_value(value);

	if (!value)
		return true;
	if (!json_is_integer(value) || count < 1 || count > COUNT_LIMIT)
		return false;
	*ret_count = (int)count;
	return true;
}

static int read_troupe(struct manifest *manifest, const json_t *troupe)
{
	size_t known = (json_object_get(troupe, "max_count") != NULL) +
		(json_object_get(troupe, "idle_count") != NULL);

	if (!json_is_object(troupe) || json_object_size(troupe) != known ||
		!read_count(troupe, "max_count", &manifest->script.max_count) ||
		!read_count(troupe, "idle_count", &manifest->script.idle_count))
		return TSP_EVALUE;
	manifest->script.troupe = true;
	return 0;
}

int script_read(struct manifest *manifest, json_t *value)
{
	const json_t *troupe = json_object_get(value, "troupe");
	int rc;

	if (json_is_string(value))
		return set_file(manifest, value);
	if (!json_is_object(value) || json_object_size(value) != (troupe ? 2 : 1))
		return TSP_EVALUE;
	rc = set_file(manifest, json_object_get(value, "script"));
	return rc < 0 || !troupe ? rc : read_troupe(manifest, troupe);
}

json_t *script_write(const struct manifest *manifest)
{
	const struct manifest_script *script = &manifest->script;
	json_t *troupe;

	if (!script->troupe)
		return json_string(script->file);
	troupe = json_object();
	if (script->max_count > 0)
		json_object_set_new(troupe, "max_count", json_integer(script->max_count));
	if (script->idle_count > 0)
		json_object_set_new(troupe, "idle_count", json_integer(script->idle_count));
	return json_pack("{s:s, s:o}", "script", script->file, "troupe", troupe);
}

char *script_class(const char *file, char out[SCRIPT_CLASS_SIZE])
{
	const char *slash = strrchr(file, '/');

	snprintf(out, SCRIPT_CLASS_SIZE, "%s", slash ? slash + 1 : file);
	if (strrchr(out, '.'))
		*strrchr(out, '.') = '\0';
	return out;
}

int script_check(const struct archive *archive, const struct manifest *manifest, tsp_error *err)
{
	const struct archive_file *file;
	char class_name[SCRIPT_CLASS_SIZE];
	size_t size;

	if (!manifest->script.file)
		return 0;
	size = strlen(script_class(manifest->script.file, class_name));
	if (size == 0 || size == SCRIPT_CLASS_SIZE - 1)
		return tsp_fail(err, TSP_EVALUE,
			"'%s' is to be an actor, but its file gives the class no usable name: call it as "
			"'backup.sh'",
			manifest->script.file);
	file = archive_find(archive, manifest->script.file);
	if (file->size > SCRIPT_SIZE_LIMIT)
		return tsp_fail(err, TSP_ELIMIT, "'%s' is larger than a script may be, 1 MiB",
			file->name);
	if (file->size < 3 || memcmp(file->bytes, "#!", 2) != 0)
		return tsp_fail(err, TSP_EVALUE,
			"'%s' is to be an actor, but does not say who runs it: its first line must be "
			"as '#!/bin/bash'",
			file->name);
	return 0;
}

/* As a text of C, whatever the bytes are. */
static int put_text(struct buffer *into, const struct archive_file *file)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < file->size; i++) {
		uint8_t c = file->bytes[i];

		if (i % LINE_BYTES == 0)
			rc = buffer_put(into, i > 0 ? "\"\n\"" : "\"", i > 0 ? 3 : 1);
		if (rc >= 0 && c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?')
			rc = buffer_put(into, &c, 1);
		else if (rc >= 0)
			rc = buffer_printf(into, "\\%03o", c);
	}
	return rc < 0 ? rc : buffer_put(into, "\";\n", 3);
}

int script_generate(const struct archive *archive, const struct manifest *manifest,
	struct buffer *into, tsp_error *err)
{
	const struct manifest_script *script = &manifest->script;
	char class_name[SCRIPT_CLASS_SIZE];
	int rc = buffer_put(into, head, sizeof(head) - 1);

	if (rc >= 0)
		rc = put_text(into, archive_find(archive, script->file));
	if (rc >= 0)
		rc = buffer_printf(into,
			"static const tsp_script script = { \"%s\", text, sizeof(text) - 1 };\n"
			"static const char class_name[] = \"%s\";\n",
			script->file, script_class(script->file, class_name));
	if (rc >= 0 && script->troupe)
		rc = buffer_printf(into,
			"static const tsp_troupe counts = { %d, %d };\n"
			"#define SCRIPT_TROUPE &counts\n",
			script->max_count, script->idle_count);
	if (rc >= 0 && !script->troupe)
		rc = buffer_printf(into, "#define SCRIPT_TROUPE 0\n");
	if (rc >= 0)
		rc = buffer_put(into, tail, sizeof(tail) - 1);
	return rc < 0 ? tsp_fail(err, rc, "out of memory") : 0;
}
