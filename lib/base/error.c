/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *tsp_error_name(int code)
{
	switch (code) {
	case TSP_OK:
		return "TSP_OK";
#define NAME_CASE(name, number, text) \
	case name:                    \
		return #name;
		TSP_ERRORS(NAME_CASE)
#undef NAME_CASE
	default:
		return "TSP_EUNKNOWN";
	}
}

const char *tsp_error_sentence(int code)
{
	switch (code) {
	case TSP_OK:
		return "no error";
#define SENTENCE_CASE(name, number, text) \
	case name:                        \
		return text;
		TSP_ERRORS(SENTENCE_CASE)
#undef SENTENCE_CASE
	default:
		return "an unknown error";
	}
}

int tsp_fail(tsp_error *err, int code, const char *format, ...)
{
	if (err == NULL)
		return code;

	/* Arguments may point into err->text itself. */
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	int size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (size < 0)
		text[0] = '\0';
	/* What it says goes into messages, which are UTF-8: a name from elsewhere may not be, and a
	 * cut may split a character. */
	text_mend(text);
	err->code = code;
	memcpy(err->text, text, sizeof(text));
	return code;
}

int tsp_wrap(tsp_error *err, int code, const char *format, ...)
{
	if (err == NULL)
		return code;

	char front[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	int size = vsnprintf(front, sizeof(front), format, args);
	va_end(args);
	if (size < 0)
		front[0] = '\0';
	return tsp_fail(err, code, "%s: %s", front, err->text);
}

int tsp_fail_errno(tsp_error *err, const char *what, const char *subject)
{
	int cause = errno;
	int code = cause == ENOENT ? TSP_ENOENT : TSP_EIO;
	char quoted[320];

	text_quote(tsp_text_of(subject), quoted, sizeof(quoted));
	return tsp_fail(err, code, "cannot %s '%s': %s", what, quoted, strerror(cause));
}
