/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <thespian.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "wire/builder.h"
#include "wire/json.h"

#define JSON_TEXT_LIMIT (2 * VALUE_SIZE_LIMIT)
#define JSON_FLAGS	(JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

struct parse {
	tsp_builder *into;
	char mark;	/* of hidden numbers */
	int depth;	/* of JSON, which a value as bytes does not begin anew */
	size_t ordinal; /* of the value at hand, as json_place counts */
	size_t fault_at;
	const char *fault;
	char key[96]; /* of the fault, if it is about one */
};

static bool convert(struct parse *parse, const json_t *json);

static bool fault(struct parse *parse, size_t at, const char *text)
{
	parse->fault_at = at;
	parse->fault = text;
	return false;
}

/* Whether a list, map or typed value may begin; what is bytes or an address to us is not nested. */
static bool may_begin(struct parse *parse)
{
	return parse->into->depth < TSP_DEPTH_LIMIT ||
		fault(parse, parse->ordinal, "it is nested too deep");
}

static tsp_text text_of(const json_t *json)
{
	return (tsp_text){ json_string_value(json), json_string_length(json) };
}

static bool convert_bytes(struct parse *parse, const json_t *json)
{
	tsp_text text = text_of(json);
	size_t size;
	uint8_t *bytes = malloc(text.size > 0 ? text.size : 1);

	if (bytes == NULL) {
		builder_fail(parse->into, TSP_ENOMEM);
		return true;
	}

	int rc = json_get_base64(text, bytes, &size);

	if (rc == TSP_OK)
		tsp_put_bytes(parse->into, bytes, size);
	free(bytes);
	if (rc < 0)
		return fault(parse, parse->ordinal, "'$bytes' is not base64url");
	parse->ordinal += 2;
	return true;
}

static bool convert_address(struct parse *parse, const json_t *json)
{
	tsp_text text = text_of(json);
	tsp_address address;

	if (strlen(text.data) != text.size || tsp_address_parse(text.data, &address) < 0)
		return fault(parse, parse->ordinal, "'$address' is not an address");
	tsp_put_address(parse->into, address);
	parse->ordinal += 2;
	return true;
}

static bool convert_typed(
	struct parse *parse, const json_t *type, const json_t *value, bool type_first)
{
	if (json_string_length(type) == 0)
		return fault(parse, parse->ordinal, "'$type' is empty");
	if (!may_begin(parse))
		return false;
	builder_begin_typed(parse->into, text_of(type));
	parse->ordinal += type_first ? 4 : 2;
	if (!convert(parse, value))
		return false;
	parse->ordinal += type_first ? 0 : 2;
	tsp_end(parse->into);
	return true;
}

static bool convert_encoded(struct parse *parse, const json_t *json)
{
	tsp_builder *outer = parse->into;
	tsp_builder *inner = tsp_builder_new();
	tsp_value value;

	if (inner == NULL) {
		builder_fail(outer, TSP_ENOMEM);
		return true;
	}
	parse->into = inner;
	parse->ordinal += 2;

	bool good = convert(parse, json);

	parse->into = outer;
	if (good) {
		int rc = tsp_builder_value(inner, &value);

		if (rc < 0)
			builder_fail(outer, rc);
		else
			tsp_put_encoded(outer, value);
	}
	tsp_builder_free(inner);
	return good;
}

/* Objects that stand for what JSON does not have. 1: was one, 0: is none, -1: a fault. */
static int convert_special(struct parse *parse, const json_t *object)
{
	size_t count = json_object_size(object);
	const json_t *first = json_object_get(object, "$bytes");

	if (count == 1 && json_is_string(first))
		return convert_bytes(parse, first) ? 1 : -1;
	first = json_object_get(object, "$address");
	if (count == 1 && json_is_string(first))
		return convert_address(parse, first) ? 1 : -1;
	first = json_object_get(object, "$encoded");
	if (count == 1 && first != NULL)
		return convert_encoded(parse, first) ? 1 : -1;
	first = json_object_get(object, "$type");

	const json_t *value = json_object_get(object, "value");

	if (count == 2 && json_is_string(first) && value != NULL) {
		const char *key = json_object_iter_key(json_object_iter((json_t *)object));

		return convert_typed(parse, first, value, key[0] == '$') ? 1 : -1;
	}
	return 0;
}

static bool convert_object(struct parse *parse, const json_t *object)
{
	json_t *members = (json_t *)object; /* to iterate changes nothing */
	int special = convert_special(parse, object);

	if (special != 0)
		return special > 0;
	if (!may_begin(parse))
		return false;
	tsp_begin_map(parse->into);
	for (void *at = json_object_iter(members); at != NULL;
		at = json_object_iter_next(members, at)) {
		tsp_text key = tsp_text_of(json_object_iter_key(at));

		parse->ordinal++;
		if (key.size > 0 && key.data[0] == '$') {
			if (key.size == 1 || key.data[1] != '$') {
				text_quote(key, parse->key, sizeof(parse->key));
				return fault(parse, parse->ordinal,
					"unknown key (one of yours that begins with '$' has it doubled)");
			}
			key = (tsp_text){ key.data + 1, key.size - 1 };
		}
		builder_put_key(parse->into, key);
		parse->ordinal++;
		if (!convert(parse, json_object_iter_value(at)))
			return false;
	}
	tsp_end(parse->into);
	return true;
}

static bool convert_array(struct parse *parse, const json_t *array)
{
	size_t count = json_array_size(array);

	if (!may_begin(parse))
		return false;
	tsp_begin_list(parse->into);
	for (size_t i = 0; i < count; i++) {
		parse->ordinal++;
		if (!convert(parse, json_array_get(array, i)))
			return false;
	}
	tsp_end(parse->into);
	return true;
}

static void convert_string(struct parse *parse, const json_t *json)
{
	tsp_text text = text_of(json);
	uint64_t number;

	if (json_unhide(text, parse->mark, &number))
		tsp_put_uint(parse->into, number);
	else
		tsp_put_text(parse->into, text);
}

/* Converts the value number parse->ordinal, and leaves there the number of the last one in it. */
static bool convert(struct parse *parse, const json_t *json)
{
	bool good = true;

	if (json_is_object(json) || json_is_array(json)) {
		if (parse->depth == 4 * TSP_DEPTH_LIMIT)
			return fault(parse, parse->ordinal, "it is nested too deep");
		parse->depth++;
		good = json_is_object(json) ? convert_object(parse, json) :
					      convert_array(parse, json);
		parse->depth--;
		return good;
	}
	switch (json_typeof(json)) {
	case JSON_STRING:
		convert_string(parse, json);
		break;
	case JSON_INTEGER:
		tsp_put_int(parse->into, json_integer_value(json));
		break;
	case JSON_REAL:
		tsp_put_float(parse->into, json_real_value(json));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		tsp_put_bool(parse->into, json_is_true(json));
		break;
	default:
		tsp_put_null(parse->into);
	}
	return true;
}

static int syntax_error(const json_error_t *cause, tsp_error *err)
{
	char quoted[2 * JSON_ERROR_TEXT_LENGTH];

	if (json_error_code(cause) == json_error_out_of_memory)
		return tsp_fail(err, TSP_ENOMEM, "cannot read JSON: out of memory");
	text_quote(tsp_text_of(cause->text), quoted, sizeof(quoted));
	return tsp_fail(err, TSP_EVALUE, "cannot read JSON: line %d, column %d: %s", cause->line,
		cause->column > 0 ? cause->column : 1, quoted);
}

/* Reads again what holds a number that jansson does not know. */
static json_t *load_big(const char *text, size_t size, char *ret_mark, json_error_t *cause)
{
	char *copy = malloc(size);
	json_t *json = NULL;

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, size);

	char mark = json_hide(copy, size);

	if (mark != 0)
		json = json_loadb(copy, size, JSON_FLAGS, cause);
	if (json != NULL)
		*ret_mark = mark;
	free(copy);
	return json;
}

static int conversion_error(const struct parse *parse, tsp_text text, tsp_error *err)
{
	int line;
	int column;

	json_place(text, parse->fault_at, &line, &column);
	if (parse->key[0] != '\0')
		return tsp_fail(err, TSP_EVALUE, "cannot read JSON: line %d, column %d: '%s': %s",
			line, column, parse->key, parse->fault);
	return tsp_fail(err, TSP_EVALUE, "cannot read JSON: line %d, column %d: %s", line, column,
		parse->fault);
}

int tsp_value_from_json(const char *text, size_t size, tsp_builder *into, tsp_error *err)
{
	struct parse parse = { .into = into };
	json_error_t cause;
	int rc = TSP_OK;

	if (size > JSON_TEXT_LIMIT) {
		builder_fail(into, TSP_ETOOBIG);
		return tsp_fail(err, TSP_ETOOBIG, "cannot read JSON: it is bigger than %zu bytes",
			JSON_TEXT_LIMIT);
	}

	json_t *json = json_loadb(size > 0 ? text : "", size, JSON_FLAGS, &cause);

	if (json == NULL && json_error_code(&cause) == json_error_numeric_overflow)
		json = load_big(text, size, &parse.mark, &cause);
	if (json == NULL) {
		rc = syntax_error(&cause, err);
	} else if (!convert(&parse, json)) {
		rc = conversion_error(&parse, (tsp_text){ text, size }, err);
	} else if (into->error != TSP_OK) {
		rc = tsp_fail(
			err, into->error, "cannot read JSON: %s", tsp_error_sentence(into->error));
	}
	json_decref(json);
	if (rc < 0)
		builder_fail(into, rc);
	return rc;
}
