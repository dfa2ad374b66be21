/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/path.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define PATH_NAME 256 /* bytes of a member's name */

static bool path_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '-' || c == '$' || (unsigned char)c >= 0x80;
}

/* Size of a name in quotes, these included; 0: it does not end. */
static size_t path_quoted_size(const char *text)
{
	size_t size = 1;
	while (text[size] != '\0' && text[size] != '"')
		size += text[size] == '\\' && text[size + 1] != '\0' ? 2 : 1;
	return text[size] == '"' ? size + 1 : 0;
}

/* Size of one step: .name ."name" [0]; 0: there is none. */
static size_t path_step_size(const char *text)
{
	size_t size = 1;
	if (text[0] == '.' && text[1] == '"') {
		size_t quoted = path_quoted_size(text + 1);
		return quoted == 0 ? 0 : 1 + quoted;
	}
	if (text[0] == '.') {
		while (path_letter(text[size]))
			size++;
		return size > 1 ? size : 0;
	}
	if (text[0] != '[')
		return 0;
	while (text[size] >= '0' && text[size] <= '9')
		size++;
	return size > 1 && size < 20 && text[size] == ']' ? size + 1 : 0;
}

size_t path_size(const char *text)
{
	size_t size = 0;
	size_t step;
	while ((step = path_step_size(text + size)) > 0)
		size += step;
	return size == 0 && text[0] == '.' && text[1] != '"' ? 1 : size;
}

/* A member, as JSON has it. */
static tsp_value path_member(tsp_value value, const char *name, tsp_builder *builder)
{
	tsp_text type = { 0 };
	tsp_value inner = { 0 };
	tsp_address address;
	char text[TSP_ADDRESS_TEXT];
	if (tsp_value_typed(value, &type, &inner) && strcmp(name, "value") == 0)
		return inner;
	if (type.data == NULL && !tsp_value_address(value, &address))
		return tsp_value_get(value, name);
	tsp_builder_reset(builder);
	if (type.data != NULL && strcmp(name, "$type") == 0)
		tsp_put_text(builder, type);
	else if (type.data == NULL && strcmp(name, "$address") == 0)
		tsp_put_string(builder, tsp_address_text(address, text));
	else
		return (tsp_value){ 0 };
	return tsp_builder_value(builder, &inner) < 0 ? (tsp_value){ 0 } : inner;
}

/* The name of a step without its dot and quotes; false: it is too long. */
static bool path_name(const char *step, size_t size, char name[PATH_NAME])
{
	size_t used = 0;
	bool quoted = step[1] == '"';
	size_t end = quoted ? size - 1 : size;
	for (size_t i = quoted ? 2 : 1; i < end; i++) {
		if (quoted && step[i] == '\\')
			i++;
		if (used + 1 == PATH_NAME)
			return false;
		name[used++] = step[i];
	}
	name[used] = '\0';
	return true;
}

static tsp_value path_step(tsp_value value, const char *step, size_t size, tsp_builder *builder)
{
	char name[PATH_NAME];
	size_t index = 0;
	if (step[0] == '.')
		return path_name(step, size, name) ? path_member(value, name, builder) :
						     (tsp_value){ 0 };
	for (size_t i = 1; i + 1 < size; i++)
		index = index * 10 + (size_t)(step[i] - '0');
	return tsp_value_at(value, index);
}

int path_get(tsp_value root, const char *path, size_t size, tsp_builder *builder,
	tsp_value *ret_value, tsp_error *err)
{
	char shown[80];
	size_t at = 0;
	while (at < size && !(size == 1 && path[0] == '.')) {
		size_t step = path_step_size(path + at);
		if (step == 0 || step > size - at)
			return tsp_fail(err, TSP_EUSAGE,
				"cannot read the path '%s': not like .name[0].\"any name\"",
				text_quote((tsp_text){ path, size }, shown, sizeof(shown)));
		root = path_step(root, path + at, step, builder);
		at += step;
	}
	*ret_value = root;
	return TSP_OK;
}
