/* SPDX-License-Identifier: MIT */
/* JSON in the director's folder: read strictly, every complaint with FILE:LINE:COLUMN. */
#ifndef TSP_DIRECTOR_JSON_H
#define TSP_DIRECTOR_JSON_H

#include "base/error.h"

#define JSON_FILE_LIMIT ((size_t)1024 * 1024)
#define JSON_PATH_LIMIT 8

struct json_file {
	char *label; /* how complaints name the file */
	char *text;
	size_t size;
	tsp_builder *builder;
	tsp_value value; /* borrowed from builder */
};

/* Keys from the root to a member, for saying where it stands; all borrowed. */
struct json_path {
	tsp_text keys[JSON_PATH_LIMIT];
	size_t count;
};

/* Copies label and text. TSP_EVALUE with "LABEL:LINE:COLUMN: cause". */
int json_parse(const char *label, const char *text, size_t size, struct json_file *ret_file,
	tsp_error *err);
/* The same from a file of at most JSON_FILE_LIMIT bytes. TSP_ENOENT, TSP_EIO, TSP_ELIMIT. */
int json_read(const char *path, struct json_file *ret_file, tsp_error *err);
void json_clear(struct json_file *file);
/* Fills err with "LABEL:LINE:COLUMN: ..." for the member at path (count 0: the whole). TSP_EVALUE. */
int json_fail(const struct json_file *file, const struct json_path *path, tsp_error *err,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* path and one key more; too deep: path itself. */
struct json_path json_below(const struct json_path *path, tsp_text key);

#endif
