/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/value.h"

#include "wire/builder.h"

/* In a struct, since a va_list itself may be an array that cannot be handed on by pointer. */
struct arguments {
	va_list list;
};

static const char *skip_space(const char *format)
{
	while (*format == ' ' || *format == ',' || *format == '\t' || *format == '\n')
		format++;
	return format;
}

static void put_atom(tsp_builder *builder, char atom, struct arguments *args)
{
	const void *bytes;

	switch (atom) {
	case 's':
		tsp_put_string(builder, va_arg(args->list, const char *));
		break;
	case 't':
		tsp_put_text(builder, va_arg(args->list, tsp_text));
		break;
	case 'i':
		tsp_put_int(builder, va_arg(args->list, int));
		break;
	case 'I':
		tsp_put_int(builder, va_arg(args->list, int64_t));
		break;
	case 'u':
		tsp_put_uint(builder, va_arg(args->list, uint64_t));
		break;
	case 'd':
		tsp_put_float(builder, va_arg(args->list, double));
		break;
	case 'b':
		tsp_put_bool(builder, va_arg(args->list, int) != 0);
		break;
	case 'a':
		tsp_put_address(builder, va_arg(args->list, tsp_address));
		break;
	case 'v':
		tsp_put_value(builder, va_arg(args->list, tsp_value));
		break;
	case 'e':
		tsp_put_encoded(builder, va_arg(args->list, tsp_value));
		break;
	case 'B':
		bytes = va_arg(args->list, const void *);
		tsp_put_bytes(builder, bytes, va_arg(args->list, size_t));
		break;
	case 'n':
		tsp_put_null(builder);
		break;
	default:
		builder_fail(builder, TSP_EVALUE);
	}
}

/* Puts a key and returns what follows its colon. */
static const char *put_key(tsp_builder *builder, const char *format, struct arguments *args)
{
	if (*format == 's')
		tsp_put_key(builder, va_arg(args->list, const char *));
	else if (*format == 't')
		builder_put_key(builder, va_arg(args->list, tsp_text));
	else
		builder_fail(builder, TSP_EVALUE);
	if (builder->error != TSP_OK)
		return format;
	format = skip_space(format + 1);
	if (*format != ':') {
		builder_fail(builder, TSP_EVALUE);
		return format;
	}
	return format + 1;
}

static void put_end(tsp_builder *builder, char open, int outside)
{
	if (builder->depth > outside && builder_open_kind(builder) == open)
		tsp_end(builder);
	else
		builder_fail(builder, TSP_EVALUE);
}

static void put_values(tsp_builder *builder, const char *format, struct arguments *args)
{
	int outside = builder->depth;
	int values = 0;

	for (format = skip_space(format); *format != '\0' && builder->error == TSP_OK;
		format = skip_space(format)) {
		bool within = builder->depth > outside;

		if (within && builder_wants_key(builder) && *format != '}') {
			format = put_key(builder, format, args);
			continue;
		}
		if (!within && values++ > 0) {
			builder_fail(builder, TSP_EVALUE);
			return;
		}
		switch (*format) {
		case '{':
			tsp_begin_map(builder);
			break;
		case '[':
			tsp_begin_list(builder);
			break;
		case '}':
			put_end(builder, '{', outside);
			break;
		case ']':
			put_end(builder, '[', outside);
			break;
		default:
			put_atom(builder, *format, args);
		}
		format++;
	}
	if (values != 1 || builder->depth != outside)
		builder_fail(builder, TSP_EVALUE);
}

void tsp_put_vformat(tsp_builder *builder, const char *format, va_list args)
{
	struct arguments copy;

	if (format == NULL) {
		builder_fail(builder, TSP_EVALUE);
		return;
	}
	va_copy(copy.list, args);
	put_values(builder, format, &copy);
	va_end(copy.list);
}

void tsp_put_format(tsp_builder *builder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tsp_put_vformat(builder, format, args);
	va_end(args);
}

int value_encode(uint8_t **ret_bytes, size_t *ret_size, const char *type, const char *format, ...)
{
	tsp_builder builder;
	va_list args;

	builder_init(&builder);
	builder_set_limit(&builder, VALUE_WRAP_LIMIT);
	if (type != NULL)
		tsp_begin_typed(&builder, type);
	va_start(args, format);
	tsp_put_vformat(&builder, format, args);
	va_end(args);
	if (type != NULL)
		tsp_end(&builder);

	int rc = builder_take(&builder, ret_bytes, ret_size);

	builder_clear(&builder);
	return rc;
}
