/* SPDX-License-Identifier: MIT */
/* bootstart: the system of the folder starts with the machine. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/status.h"
#include "director/commands.h"
#include "director/launch.h"
#include "director/manager.h"
#include "director/sockets.h"

#define TEXT_MOST    ((size_t)1024 * 1024)
#define NAME_DEFAULT "thespian"

static const struct option_spec bootstart_options[] = {
	{ "no-start", 0, NULL, "do not start it now", COMPLETE_NONE },
	{ "print", 0, NULL, "only show what would be written", COMPLETE_NONE },
	{ "for", 0, "KIND", "systemd, launchd or initctl; default: the one that is here",
		COMPLETE_NONE },
	{ "root", 0, "DIR", "install into the image of a machine in DIR; nothing is started",
		COMPLETE_PATH },
	{ 0 },
};

struct bootstart {
	struct context *context;
	const struct manager *manager;
	struct service service;
	const char *name;
	char *root; /* "": this machine */
	char *file;
	struct buffer text;
	bool print;
	bool start;
	bool changed; /* the file was not there, or had another text */
	bool running; /* since before */
	bool setting; /* runtime.cfg was written */
};

/* ---- What is wanted ---- */

static int read_root(struct bootstart *boot, const char *said, tsp_error *err)
{
	struct stat st;

	boot->root = said ? realpath(said, NULL) : strdup("");
	if (!boot->root || (said && stat(boot->root, &st) < 0))
		return tsp_fail_errno(err, "use root", said ? said : "/");
	if (said && !S_ISDIR(st.st_mode))
		return tsp_fail(err, TSP_EUSAGE, "cannot use root '%s': it is not a folder", said);
	if (!strcmp(boot->root, "/"))
		*boot->root = '\0';
	return TSP_OK;
}

static int read_call(struct bootstart *boot, const struct command_call *call, tsp_error *err)
{
	const char *kind = options_get(&call->options, "for");
	char shown[80];
	int rc;

	boot->name = call->argc > 0 ? call->argv[0] : NAME_DEFAULT;
	boot->print = options_count(&call->options, "print") > 0;
	if (!service_name_ok(boot->name))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use name '%s': not a letter or digit, then up to 63 of these and . _ -",
			text_quote(tsp_text_of(boot->name), shown, sizeof(shown)));
	if (kind && !(boot->manager = manager_find(kind)))
		return tsp_fail(err, TSP_EUSAGE,
			"cannot install for '%s': not systemd, launchd or initctl",
			text_quote(tsp_text_of(kind), shown, sizeof(shown)));
	rc = read_root(boot, options_get(&call->options, "root"), err);
	if (rc < 0)
		return rc;
	if (!boot->manager)
		rc = manager_detect(boot->root, &boot->manager, boot->print ? NULL : err);
	if (rc < 0 && boot->print) { /* it is shown anywhere */
		boot->manager = manager_find("systemd");
		rc = TSP_OK;
	}
	boot->start = options_count(&call->options, "no-start") == 0 && !*boot->root;
	return rc;
}

/* The text; a folder that is not there yet may only be shown. */
static int make_text(struct bootstart *boot, tsp_error *err)
{
	const char *folder = boot->context->folder;
	int rc;

	if (!boot->print && access(folder, F_OK) < 0 && errno == ENOENT) {
		(void)tsp_fail(err, TSP_ENOENT, "cannot install '%s': there is no folder '%s'",
			boot->name, folder);
		return status_hint(err, "'thespian-director keygen NAME' makes it, or give --dir");
	}
	rc = service_make(
		boot->context, boot->manager->kind, boot->name, boot->root, &boot->service, err);
	if (rc < 0)
		return rc;
	boot->service.systemd_version = manager_version(boot->manager);
	rc = service_text(&boot->service, boot->manager->kind, &boot->text);
	return rc < 0 ?
		tsp_fail(err, rc, "cannot install '%s': %s", boot->name, tsp_error_sentence(rc)) :
		TSP_OK;
}

/* ---- Writing ---- */

static int write_file(struct bootstart *boot, tsp_error *err)
{
	char *folder = text_format("%s%s", boot->root, boot->manager->folder);
	struct buffer before;
	int rc = folder ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	buffer_init(&before, TEXT_MOST);
	if (rc >= 0 && *boot->root)
		rc = file_make_folder(folder, 0755, err);
	if (rc >= 0 && access(folder, W_OK) < 0) {
		rc = tsp_fail_errno(err, "write", boot->file);
		if (errno == EACCES)
			rc = status_hint(err, "run it as root, or give root what --print shows");
	}
	if (rc >= 0)
		boot->changed = file_read(boot->file, &before, NULL) < 0 ||
			before.size != boot->text.size ||
			memcmp(before.data, boot->text.data, before.size) != 0;
	if (rc >= 0 && boot->changed)
		rc = file_replace(boot->file, boot->text.data, boot->text.size, 0644, err);
	buffer_clear(&before);
	free(folder);
	return rc;
}

/* Neither the caller nor a setting says where the sockets are. */
static bool needs_setting(void)
{
	const char *said = getenv("THESPIAN_RUNTIME_DIR");

	return !said || !*said;
}

/* The commands are to find its sockets, wherever they would look otherwise. */
static int write_setting(struct bootstart *boot, tsp_error *err)
{
	if (!needs_setting())
		return TSP_OK;
	boot->setting = true;
	return setting_write(boot->context->folder, "runtime", boot->service.runtime, err);
}

static int enable(struct bootstart *boot, const char *unit, tsp_error *err)
{
	char *root = text_format("--root=%s", boot->root);
	int rc = root ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");

	if (rc >= 0 && boot->manager->kind == SERVICE_SYSTEMD) {
		if (!*boot->root && manager_runs(boot->manager))
			rc = manager_tell(boot->manager, "enable", unit,
				(const char *const[]){ "daemon-reload", NULL }, err);
		if (rc >= 0 && *boot->root)
			rc = manager_tell(boot->manager, "enable", unit,
				(const char *const[]){ root, "--quiet", "enable", unit, NULL },
				err);
		else if (rc >= 0)
			rc = manager_tell(boot->manager, "enable", unit,
				(const char *const[]){ "--quiet", "enable", unit, NULL }, err);
	}
	free(root);
	return rc; /* the others' files are enough */
}

/* ---- Whether it would be the only one ---- */

static int hint_shutdown(const struct bootstart *boot, bool may_stay, tsp_error *err)
{
	const char *stay = may_stay ? "; --no-start leaves it until the next boot" : "";

	if (boot->service.user && boot->service.owner != geteuid())
		return status_hint(err, "'thespian-director shutdown' as user '%s' ends it%s",
			boot->service.user, stay);
	return status_hint(err, "'thespian-director shutdown' ends it%s", stay);
}

static int check_place(const struct bootstart *boot, const char *place, int port, tsp_error *err)
{
	bool kept = !needs_setting() || !strcmp(place, boot->service.runtime);
	int rc = sockets_look(place, port, err);

	if (rc == TSP_ENOSYSTEM)
		return TSP_OK;
	if (rc < 0)
		return rc;
	if (boot->start)
		(void)tsp_fail(err, TSP_EEXIST, "cannot start '%s': a system runs at port %d",
			boot->name, port);
	else
		(void)tsp_fail(err, TSP_EEXIST,
			"cannot install '%s': the system that runs at port %d would not be found any more",
			boot->name, port);
	return hint_shutdown(boot, boot->start && kept, err);
}

/*
 * One that was started otherwise has the folder's state, and would have it still: where the service's will
 * listen, or where the folder's owner looked before. One that is only out of sight is started again by `load`.
 */
static int check_alone(const struct bootstart *boot, tsp_error *err)
{
	const char *runtime = boot->service.runtime;
	const char *setting = settings_get(&boot->context->settings, "runtime");
	char *usual[SOCKETS_PLACES];
	int port;
	int rc = context_port(boot->context, &port, err);

	if (rc >= 0 && boot->start)
		rc = check_place(boot, runtime, port, err);
	if (rc >= 0 && setting && strcmp(setting, runtime) != 0)
		rc = check_place(boot, setting, port, err);
	if (rc >= 0)
		rc = sockets_usual(boot->service.owner, usual, err);
	else
		return rc;
	for (size_t i = 0; rc >= 0 && i < SOCKETS_PLACES; i++)
		if (usual[i] && strcmp(usual[i], runtime) != 0)
			rc = check_place(boot, usual[i], port, err);
	for (size_t i = 0; i < SOCKETS_PLACES; i++)
		free(usual[i]);
	return rc;
}

/* Whether its service runs. Of the others' programs none says so in a form that is the same everywhere. */
static bool is_running(const struct bootstart *boot, const char *unit)
{
	int port;

	if (boot->manager->kind == SERVICE_SYSTEMD)
		return manager_runs(boot->manager) &&
			manager_ask(boot->manager,
				(const char *const[]){ "is-active", "--quiet", unit, NULL });
	return access(boot->file, F_OK) == 0 && context_port(boot->context, &port, NULL) >= 0 &&
		sockets_look(boot->service.runtime, port, NULL) >= 0;
}

/* ---- Starting ---- */

static int start(struct bootstart *boot, const char *unit, tsp_error *err)
{
	const struct manager *manager = boot->manager;
	int rc = TSP_OK;

	switch (manager->kind) {
	case SERVICE_SYSTEMD:
		rc = manager_tell(
			manager, "start", unit, (const char *const[]){ "start", unit, NULL }, err);
		if (rc == TSP_EIO)
			rc = status_hint(err, "journalctl -u %s", unit);
		break;
	case SERVICE_LAUNCHD:
		rc = manager_tell(manager, "start", boot->name,
			(const char *const[]){ "load", "-w", boot->file, NULL }, err);
		break;
	case SERVICE_INITCTL:
		rc = manager_tell(manager, "start", boot->name,
			(const char *const[]){ "start", boot->name, NULL }, err);
		break;
	}
	return rc;
}

static int install(struct bootstart *boot, tsp_error *err)
{
	const char *unit;
	int rc = manager_file(boot->manager, boot->root, boot->name, &boot->file, err);

	if (rc < 0)
		return rc;
	unit = strrchr(boot->file, '/') + 1;
	boot->running = boot->start && is_running(boot, unit);
	if (!boot->running && (boot->start || (!*boot->root && needs_setting())))
		rc = check_alone(boot, err);
	if (rc >= 0)
		rc = write_file(boot, err);
	if (rc >= 0)
		rc = write_setting(boot, err);
	if (rc >= 0)
		rc = enable(boot, unit, err);
	if (rc >= 0 && boot->start && !boot->running)
		rc = start(boot, unit, err);
	return rc;
}

/* ---- What is said ---- */

static int show_text(const struct bootstart *boot)
{
	struct output *output;
	tsp_text text = { (const char *)boot->text.data, boot->text.size };

	if (!boot->context->json) {
		text_print(stdout, text, true);
		return fflush(stdout) == 0 ? TSP_OK : TSP_EIO;
	}
	output = context_output(boot->context);
	output_begin(output, NULL, NULL);
	output_string(output, "kind", NULL, boot->manager->name);
	output_string(output, "name", NULL, boot->name);
	output_text(output, "text", NULL, text);
	output_end(output);
	return output_finish(output);
}

static void say_restart(const struct bootstart *boot, struct output *output)
{
	const char *name = boot->name;

	switch (boot->manager->kind) {
	case SERVICE_SYSTEMD:
		output_say(output, "'%s' runs as it was written before: 'systemctl restart %s'",
			name, name);
		break;
	case SERVICE_LAUNCHD:
		output_say(output,
			"'%s' runs as it was written before: 'launchctl unload %s', then 'launchctl load -w %s'",
			name, boot->file, boot->file);
		break;
	case SERVICE_INITCTL: /* its restart keeps to what was read at the start */
		output_say(output,
			"'%s' runs as it was written before: 'initctl stop %s', then 'initctl start %s'",
			name, name, name);
		break;
	}
}

static int show_done(const struct bootstart *boot)
{
	struct output *output = context_output(boot->context);

	output_begin(output, NULL, NULL);
	output_string(output, "kind", NULL, boot->manager->name);
	output_string(output, "name", NULL, boot->name);
	output_string(output, "file", NULL, boot->file);
	output_string(output, "runtime_folder", NULL, boot->service.runtime);
	output_bool(output, "changed", NULL, boot->changed);
	output_bool(output, "started", NULL, boot->start && !boot->running);
	output_say(output, "%s %s", boot->changed ? "written:" : "as it was:", boot->file);
	if (boot->setting)
		output_say(output, "setting runtime: %s", boot->service.runtime);
	if (!boot->start)
		output_say(output, "'%s' starts with the machine", boot->name);
	else if (!boot->running)
		output_say(output, "'%s' runs, and starts with the machine", boot->name);
	else if (!boot->changed)
		output_say(output, "'%s' runs already", boot->name);
	else
		say_restart(boot, output);
	output_end(output);
	return output_finish(output);
}

static int bootstart_run(void *data, const struct command_call *call, tsp_error *err)
{
	struct bootstart boot = { .context = data };
	int rc;

	buffer_init(&boot.text, TEXT_MOST);
	rc = read_call(&boot, call, err);
	if (rc >= 0)
		rc = make_text(&boot, err);
	if (rc >= 0 && boot.print) {
		rc = show_text(&boot);
	} else if (rc >= 0) {
		rc = install(&boot, err);
		if (rc >= 0)
			rc = show_done(&boot);
	}
	buffer_clear(&boot.text);
	service_clear(&boot.service);
	free(boot.root);
	free(boot.file);
	return rc;
}

const struct command bootstart_command = {
	.name = "bootstart",
	.synopsis = "[NAME] [--no-start] [--print] [--for KIND] [--root DIR]",
	.summary = "start the system when the machine starts",
	.details =
		"Writes a service NAME (default: thespian) for systemd, launchd or initctl that runs the\n"
		"system with the settings as they are now, as the folder's owner, shut in; enables and\n"
		"starts it. After a change of a setting, call it again.",
	.options = bootstart_options,
	.args_min = 0,
	.args_max = 1,
	.run = bootstart_run,
};
