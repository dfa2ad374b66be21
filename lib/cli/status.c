/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/status.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#define HINT_MARK "\nhint: "

int status_of(int rc)
{
	if (rc >= 0)
		return rc;
	switch (rc) {
	case TSP_EUSAGE:
		return STATUS_USAGE;
	case TSP_ENOSYSTEM:
	case TSP_ECLOSED:
	case TSP_ESHUTDOWN:
		return STATUS_NO_SYSTEM;
	case TSP_ETIMEOUT:
		return STATUS_TIMEOUT;
	case TSP_EPERM:
	case TSP_ENOAUTHORITY:
	case TSP_EUNTRUSTED:
	case TSP_EREJECTED:
	case TSP_EDOWNGRADE:
		return STATUS_REFUSED;
	case TSP_EBUILD:
	case TSP_ESTART:
		return STATUS_BUILD;
	default:
		return STATUS_FAILED;
	}
}

int status_hint(tsp_error *err, const char *format, ...)
{
	if (err == NULL)
		return TSP_EFAILED;
	size_t used = strnlen(err->text, sizeof(err->text));
	size_t mark = sizeof(HINT_MARK) - 1;
	if (strstr(err->text, HINT_MARK) == NULL && used + mark + 1 < sizeof(err->text)) {
		memcpy(err->text + used, HINT_MARK, mark + 1);
		used += mark;
		va_list args;
		va_start(args, format);
		vsnprintf(err->text + used, sizeof(err->text) - used, format, args);
		va_end(args);
	}
	return err->code;
}

tsp_text status_split(const tsp_error *err, const char **ret_hint)
{
	tsp_text what = tsp_text_of(err->text[0] != '\0' ? err->text : tsp_error_sentence(err->code));
	const char *hint = strstr(what.data, HINT_MARK);
	*ret_hint = NULL;
	if (hint != NULL) {
		what.size = (size_t)(hint - what.data);
		*ret_hint = hint + sizeof(HINT_MARK) - 1;
	}
	return what;
}

int status_report(FILE *stream, const char *program, int rc, const tsp_error *err)
{
	if (rc >= 0)
		return rc;
	tsp_error none = { .code = rc };
	const char *hint;
	tsp_text what = status_split(err != NULL && err->text[0] != '\0' ? err : &none, &hint);
	fprintf(stream, "%s: ", program);
	text_print(stream, what, false);
	fputc('\n', stream);
	if (hint != NULL) {
		fputs("hint: ", stream);
		text_print(stream, tsp_text_of(hint), false);
		fputc('\n', stream);
	}
	return status_of(rc);
}
