/* SPDX-License-Identifier: MIT */
/*
 * The group file: which actors of a package are started, under which names and roles, and what they
 * are told when versions change. Stands as "Group" in source.json, or as GROUP.tli beside packages.
 */
#ifndef TSP_DIRECTOR_GROUP_H
#define TSP_DIRECTOR_GROUP_H

#include "director/json.h"

#define GROUP_ACTOR_LIMIT   256
#define GROUP_REQUIRE_LIMIT 64
#define GROUP_DRAIN_S	    10
#define GROUP_DRAIN_LIMIT_S 86400

enum group_auto_unload {
	GROUP_UNLOAD_NONE = -1,	 /* by hand only */
	GROUP_UNLOAD_FORMER = 0, /* each former version once it had time to finish */
				 /* above: how many of the latest activated stay */
};

/* Texts and values are borrowed from the file's builder. */
struct group_actor {
	char *class_name;
	char *role;	   /* NULL: none */
	char *name;	   /* global name; NULL: none */
	tsp_value on_load; /* absent: no message */
	tsp_value on_deactivate;
	tsp_value on_reactivate;
};

struct group_file {
	tsp_builder *builder; /* holds the values, environment put in */
	struct group_actor *actors;
	size_t count;
	int64_t auto_unload; /* of group_auto_unload, or a count */
	int64_t keep_limit;  /* package files kept; 0: all */
	int64_t drain_s;     /* what its actors get to finish before they are asked to exit */
	char **required;     /* groups that must be active first */
	size_t required_count;
};

/* Of no package and no file. */
#define GROUP_FILE_EMPTY ((struct group_file){ .auto_unload = GROUP_UNLOAD_NONE, .drain_s = GROUP_DRAIN_S })

enum group_source {
	GROUP_AS_WRITTEN,  /* ${ENV:..} stays, for gensrc */
	GROUP_ENVIRONMENT, /* ${ENV:NAME:default} is replaced */
};

/* Reads file's JSON. A key that is not known is TSP_EVALUE with file, line and column. */
int group_parse(const struct json_file *file, enum group_source source,
	struct group_file *ret_group, tsp_error *err);
void group_clear(struct group_file *group);

#endif
