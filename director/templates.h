/* SPDX-License-Identifier: MIT */
/* What `new` fills a folder with: a source that builds, its group file, its test, what to do next. */
#ifndef TSP_DIRECTOR_TEMPLATES_H
#define TSP_DIRECTOR_TEMPLATES_H

#include <thespian.h>

#define TEMPLATE_CLASS_TEXT 72 /* room for the class of the longest name */

struct template
{
	const char *file; /* its name; @NAME@ as in text */
	const char *text; /* @NAME@ stands for the group's name, @CLASS@ for its class */
};

#define TEMPLATES_COUNT 4
extern const struct template templates_table[TEMPLATES_COUNT];

/* The name in CamelCase: parts between _ . - begin with a capital; one that has no letter to begin with
 * gets "Actor" in front. Returns out. */
char *template_class(const char *name, char out[TEMPLATE_CLASS_TEXT]);
/* Puts name and class in; free() it; NULL: no memory. */
char *template_fill(const char *text, const char *name, const char *class_name);

#endif
