/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define OPTION_SHOWN 80 /* bytes of a word from outside that an error repeats */

/* Where the parse stands. */
struct options_parser {
	struct options *options;
	const struct option_spec *const *tables;
	int argc;
	char *const *argv;
	int at; /* next word */
	tsp_error *err;
};

void options_init(struct options *options)
{
	*options = (struct options){ 0 };
}

void options_clear(struct options *options)
{
	free(options->given);
	free(options->arguments);
	options_init(options);
}

static int options_add_argument(struct options *options, char *word, tsp_error *err)
{
	size_t count = (size_t)options->argument_count;
	char **grown = realloc(options->arguments, (count + 2) * sizeof(*grown));
	if (grown == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	grown[count] = word;
	grown[count + 1] = NULL;
	options->arguments = grown;
	options->argument_count++;
	return TSP_OK;
}

static int options_add_given(
	struct options *options, const struct option_spec *spec, const char *value, tsp_error *err)
{
	struct option_given *grown =
		realloc(options->given, (options->given_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	grown[options->given_count] = (struct option_given){ spec, value };
	options->given = grown;
	options->given_count++;
	return TSP_OK;
}

/* The option that a long name of size bytes means; NULL with *ret_many: more than one begins so. */
static const struct option_spec *options_find_long(
	const struct option_spec *const *tables, const char *name, size_t size, bool *ret_many)
{
	const struct option_spec *found = NULL;
	*ret_many = false;
	for (; *tables != NULL; tables++) {
		for (const struct option_spec *spec = *tables; spec->name != NULL; spec++) {
			if (strncmp(spec->name, name, size) != 0)
				continue;
			if (spec->name[size] == '\0')
				return spec;
			if (found != NULL && strcmp(found->name, spec->name) != 0)
				*ret_many = true;
			else if (found == NULL)
				found = spec;
		}
	}
	return *ret_many ? NULL : found;
}

static const struct option_spec *options_find_letter(
	const struct option_spec *const *tables, char letter)
{
	for (; *tables != NULL; tables++)
		for (const struct option_spec *spec = *tables; spec->name != NULL; spec++)
			if (spec->letter != 0 && spec->letter == letter)
				return spec;
	return NULL;
}

/* Takes the next word as the option's value. */
static int options_take_value(
	struct options_parser *parser, const struct option_spec *spec, const char **ret_value)
{
	if (parser->at >= parser->argc)
		return tsp_fail(
			parser->err, TSP_EUSAGE, "option '--%s' needs %s", spec->name, spec->value);
	*ret_value = parser->argv[parser->at++];
	return TSP_OK;
}

static int options_parse_long(struct options_parser *parser, const char *word)
{
	char shown[OPTION_SHOWN];
	const char *name = word + 2;
	size_t size = strcspn(name, "=");
	bool many = false;
	const struct option_spec *spec =
		size == 0 ? NULL : options_find_long(parser->tables, name, size, &many);
	if (spec == NULL)
		return tsp_fail(parser->err, TSP_EUSAGE, "%s option '%s'",
			many ? "ambiguous" : "unknown",
			text_quote((tsp_text){ word, size + 2 }, shown, sizeof(shown)));
	const char *value = name[size] == '=' ? name + size + 1 : NULL;
	if (value != NULL && spec->value == NULL)
		return tsp_fail(
			parser->err, TSP_EUSAGE, "option '--%s' takes no value", spec->name);
	if (value == NULL && spec->value != NULL) {
		int rc = options_take_value(parser, spec, &value);
		if (rc < 0)
			return rc;
	}
	return options_add_given(parser->options, spec, value, parser->err);
}

static int options_parse_letters(struct options_parser *parser, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct option_spec *spec = options_find_letter(parser->tables, *letter);
		if (spec == NULL) {
			char shown[OPTION_SHOWN];
			return tsp_fail(parser->err, TSP_EUSAGE, "unknown option '-%s'",
				text_quote((tsp_text){ letter, 1 }, shown, sizeof(shown)));
		}
		const char *value = NULL;
		if (spec->value != NULL) {
			int rc = TSP_OK;
			if (letter[1] != '\0')
				value = letter + 1;
			else
				rc = options_take_value(parser, spec, &value);
			if (rc < 0)
				return rc;
		}
		int rc = options_add_given(parser->options, spec, value, parser->err);
		if (rc < 0 || value != NULL)
			return rc;
	}
	return TSP_OK;
}

int options_parse(struct options *options, const struct option_spec *const *tables, int argc,
	char *const *argv, int limit, int raw_after, tsp_error *err)
{
	struct options_parser parser = { options, tables, argc, argv, 0, err };
	bool ended = false;
	int arguments = 0;
	while (parser.at < argc) {
		char *word = argv[parser.at];
		int rc;
		if (ended || word[0] != '-' || word[1] == '\0' ||
			(raw_after >= 0 && arguments >= raw_after)) {
			if (arguments == limit)
				break;
			parser.at++;
			arguments++;
			rc = options_add_argument(options, word, err);
		} else {
			parser.at++;
			if (strcmp(word, "--") == 0) {
				ended = true;
				rc = TSP_OK;
			} else if (word[1] == '-') {
				rc = options_parse_long(&parser, word);
			} else {
				rc = options_parse_letters(&parser, word);
			}
		}
		if (rc < 0)
			return rc;
	}
	return parser.at;
}

const char *options_get(const struct options *options, const char *name)
{
	for (size_t i = options->given_count; i > 0; i--)
		if (strcmp(options->given[i - 1].spec->name, name) == 0)
			return options->given[i - 1].value;
	return NULL;
}

int options_count(const struct options *options, const char *name)
{
	int count = 0;
	for (size_t i = 0; i < options->given_count; i++)
		if (strcmp(options->given[i].spec->name, name) == 0)
			count++;
	return count;
}

const char *options_next(const struct options *options, const char *name, size_t *at)
{
	while (*at < options->given_count) {
		const struct option_given *given = &options->given[(*at)++];
		if (strcmp(given->spec->name, name) == 0)
			return given->value;
	}
	return NULL;
}

int options_get_int(const struct options *options, const char *name, int64_t min, int64_t max,
	int64_t *ret, tsp_error *err)
{
	const char *value = options_get(options, name);
	char shown[OPTION_SHOWN];
	if (value == NULL)
		return TSP_OK;
	if (text_to_int(value, min, max, ret) < 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s' for '--%s': not a whole number from %lld to %lld",
			text_quote(tsp_text_of(value), shown, sizeof(shown)), name, (long long)min,
			(long long)max);
	return TSP_OK;
}

int options_get_ms(const struct options *options, const char *name, int64_t *ret_ms, tsp_error *err)
{
	const char *value = options_get(options, name);
	char shown[OPTION_SHOWN];
	if (value == NULL)
		return TSP_OK;
	if (text_to_ms(value, ret_ms) < 0)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s' for '--%s': not a number of seconds",
			text_quote(tsp_text_of(value), shown, sizeof(shown)), name);
	return TSP_OK;
}
