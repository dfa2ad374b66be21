/* SPDX-License-Identifier: MIT */
/*
 * Settings of a director folder: one file a value, NAME.cfg. Reading is strict: a file with an
 * unknown name, or a value that does not parse, is an error with file, line and column.
 */
#ifndef TSP_DIRECTOR_SETTINGS_H
#define TSP_DIRECTOR_SETTINGS_H

#include "base/error.h"

enum setting_kind {
	SETTING_BASE, /* name of a system base */
	SETTING_PORT,
	SETTING_NUMBER,
	SETTING_PATH,
	SETTING_FOLDER, /* an absolute path */
	SETTING_PLACES, /* HOST[:PORT], one a line */
	SETTING_OBJECT, /* a JSON object */
};

struct setting {
	const char *name; /* without ".cfg" */
	enum setting_kind kind;
	const char *text;	   /* what it is, for `config` */
	const char *value_default; /* NULL: none */
};

#define SETTINGS_COUNT 13
extern const struct setting settings_table[SETTINGS_COUNT];

struct settings {
	char *folder;
	char *values[SETTINGS_COUNT]; /* as in the files, without trailing space; NULL: not set */
};

/* Reads all of them; a missing folder has none set. */
int settings_read(const char *folder, struct settings *ret_settings, tsp_error *err);
/* The same, but a file that is no good is told and taken as not set. tell NULL: as settings_read. */
typedef void settings_fault_fn(void *data, const char *file_name, const tsp_error *fault);
int settings_survey(const char *folder, settings_fault_fn *tell, void *data,
	struct settings *ret_settings, tsp_error *err);
void settings_clear(struct settings *settings);
/* Value, or the default, or NULL; name as in the table. */
const char *settings_get(const struct settings *settings, const char *name);
/* Row of the table; the name may end in ".cfg". NULL: no such setting. */
const struct setting *setting_find(const char *name);
/* Checks value and writes its file; TSP_EUSAGE for an unknown name, TSP_EVALUE. */
int setting_write(const char *folder, const char *name, const char *value, tsp_error *err);

/* The folder that is used where none is given: /opt/thespian/director for root, else below
 * $XDG_DATA_HOME; free() it; NULL: no memory. */
char *settings_default_folder(void);

#endif
