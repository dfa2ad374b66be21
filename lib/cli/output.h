/* SPDX-License-Identifier: MIT */
/*
 * Commands describe, the writer formats: aligned text for people or one JSON document for
 * programs. Keys are snake_case and stable; labels are what people read.
 *
 *	output_begin(out, NULL, NULL);                    {                     (nothing)
 *	output_string(out, "base", "Base", base);         "base": "..",         Base   multiprocTCPBase
 *	output_int(out, "port", "Port", port);            "port": 1900,         Port   1900
 *	output_list(out, "sources", "Sources");           "sources": [          Sources
 *	output_begin(out, NULL, NULL);                        {                   HASH    GROUP
 *	output_string(out, "hash", "Hash", hash);               "hash": ".."      ab12..  hello
 *	output_end(out);                                      }
 *	output_end(out);                                    ]
 *	output_end(out);                                  }
 *
 * A label of NULL: the field is for JSON only. A key of NULL: for text only. In a list of records
 * the text is a table; its columns are the labels in the order of first appearance, and a column
 * that is empty everywhere is left out, and a list or record within a row is for JSON only. All text
 * is escaped.
 */
#ifndef TSP_CLI_OUTPUT_H
#define TSP_CLI_OUTPUT_H

#include <stdio.h>
#include <thespian.h>

enum output_form { OUTPUT_TEXT, OUTPUT_JSON };

struct output;

/* One document; NULL: no memory. Errors stick until output_finish. Every call takes NULL. */
struct output *output_new(FILE *stream, enum output_form form);
enum output_form output_form(const struct output *output);
/* A record. key and label are needed inside another record, NULL elsewhere. */
void output_begin(struct output *output, const char *key, const char *label);
void output_list(struct output *output, const char *key, const char *label);
void output_end(struct output *output);
/* Fields; in a list of plain entries key and label are "" . An absent text or value is null in JSON
 * and left out in text; so is a negative time for output_seconds. */
void output_text(struct output *output, const char *key, const char *label, tsp_text text);
void output_string(struct output *output, const char *key, const char *label, const char *text);
void output_int(struct output *output, const char *key, const char *label, int64_t number);
void output_bool(struct output *output, const char *key, const char *label, bool yes);
void output_value(struct output *output, const char *key, const char *label, tsp_value value);
/* Milliseconds: an integer in JSON (name the key .._ms), "3 d 4 h" and the like in text. */
void output_ms(struct output *output, const char *key, const char *label, int64_t ms);
/* A line of text for people at this place (escaped, no newline); nothing in JSON. Not in a list. */
void output_say(struct output *output, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The whole document is this value: JSON, which in text is pretty (a text stands alone). */
void output_document(struct output *output, tsp_value value);
/* While on, what follows is for people alone, whatever its keys are. */
void output_people(struct output *output, bool on);
/* Called first: in text nothing is printed, the command does that itself; what is put makes the document, as
 * in JSON. */
void output_quiet(struct output *output);
/* The document is not for the keeper. */
void output_aside(struct output *output);
/* Prints the document and frees; TSP_EIO where stdout cannot take it, TSP_ENOMEM. With NULL:
 * TSP_ENOMEM. Nothing at all is printed for an empty one. */
int output_finish(struct output *output);
/* Frees without printing. */
void output_drop(struct output *output);

/*
 * Who keeps what the commands of this process say: gets the document of each output that is made from
 * now on when it is finished, as it is in JSON, in text form, too (where that has none, or one that is not
 * valid: nothing). document is borrowed for the call. NULL: nobody.
 */
typedef void output_keeper_fn(void *data, tsp_value document);
void output_set_keeper(output_keeper_fn *keeper, void *data);

#endif
