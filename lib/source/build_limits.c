/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/builder.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SECONDS_MOST  86400
#define MIB_MOST      ((int64_t)1 << 30)
#define NUMBERS	      6
#define MESSAGES_MOST ((int64_t)16 * 1024 * 1024)

const struct build_limits build_default_limits = {
	.cpu_s = 60,
	.wall_s = 120,
	.memory = (uint64_t)2 << 30,
	.output = (uint64_t)64 << 20,
	.messages = 64 * 1024,
};

char *build_limits_print(const struct build_limits *limits, char out[BUILD_LIMITS_TEXT])
{
	snprintf(out, BUILD_LIMITS_TEXT, "%d:%d:%llu:%llu:%zu:%d", limits->cpu_s, limits->wall_s,
		(unsigned long long)limits->memory, (unsigned long long)limits->output,
		limits->messages, limits->sandbox);
	return out;
}

int build_limits_parse(const char *text, struct build_limits *ret_limits)
{
	static const int64_t most[NUMBERS] = { SECONDS_MOST, SECONDS_MOST, INT64_MAX, INT64_MAX,
		MESSAGES_MOST, 1 };
	int64_t numbers[NUMBERS];
	char part[32];
	for (int i = 0; i < NUMBERS; i++) {
		size_t size = strcspn(text, ":");
		if (size >= sizeof(part) || (text[size] == ':') != (i < NUMBERS - 1))
			return TSP_EVALUE;
		memcpy(part, text, size);
		part[size] = '\0';
		if (text_to_int(part, i < NUMBERS - 1, most[i], &numbers[i]) < 0)
			return TSP_EVALUE;
		text += size + 1;
	}
	*ret_limits = (struct build_limits){ .cpu_s = (int)numbers[0],
		.wall_s = (int)numbers[1],
		.memory = (uint64_t)numbers[2],
		.output = (uint64_t)numbers[3],
		.messages = (size_t)numbers[4],
		.sandbox = numbers[5] != 0 };
	return 0;
}

static int member_fail(tsp_text name, const char *cause, tsp_error *err)
{
	char shown[64];

	return tsp_fail(err, TSP_EVALUE, "cannot use '%s' of the capability '%s': %s",
		text_quote(name, shown, sizeof(shown)), BUILD_LIMITS_CAPABILITY, cause);
}

static int read_sandbox(tsp_text name, tsp_value value, struct build_limits *limits, tsp_error *err)
{
	tsp_text text = { NULL, 0 };

	(void)tsp_value_text(value, &text); /* another kind is neither of the two */
	if (!tsp_text_is(text, "required") && !tsp_text_is(text, "optional"))
		return member_fail(name, "it is not \"required\" or \"optional\"", err);
	limits->sandbox = tsp_text_is(text, "required");
	return 0;
}

static int read_member(tsp_text name, tsp_value value, struct build_limits *limits, tsp_error *err)
{
	bool is_seconds = tsp_text_is(name, "cpu_s") || tsp_text_is(name, "wall_s");
	int64_t most = is_seconds ? SECONDS_MOST : MIB_MOST;
	int64_t number;

	if (tsp_text_is(name, "sandbox"))
		return read_sandbox(name, value, limits, err);
	if (!is_seconds && !tsp_text_is(name, "memory_mib") && !tsp_text_is(name, "output_mib"))
		return member_fail(name,
			"only cpu_s, wall_s, memory_mib, output_mib and sandbox are known", err);
	if (!tsp_value_int(value, &number) || number < 1 || number > most)
		return member_fail(name,
			is_seconds ? "it is not a number from 1 to 86400" :
				     "it is not a number from 1 to 1073741824",
			err);
	if (tsp_text_is(name, "cpu_s"))
		limits->cpu_s = (int)number;
	else if (tsp_text_is(name, "wall_s"))
		limits->wall_s = (int)number;
	else if (tsp_text_is(name, "memory_mib"))
		limits->memory = (uint64_t)number << 20;
	else
		limits->output = (uint64_t)number << 20;
	return 0;
}

int build_limits_read(tsp_value capability, struct build_limits *ret_limits, tsp_error *err)
{
	struct build_limits limits = build_default_limits;
	tsp_value key;
	tsp_value value;
	tsp_walk at = { 0 };
	int rc = 0;

	if (tsp_value_kind(capability) > TSP_KIND_NULL &&
		tsp_value_kind(capability) != TSP_KIND_MAP)
		return tsp_fail(err, TSP_EVALUE,
			"cannot use the capability '%s': it is not an object",
			BUILD_LIMITS_CAPABILITY);
	while (rc == 0 && tsp_value_next(capability, &at, &key, &value)) {
		tsp_text name = { NULL, 0 };

		(void)tsp_value_text(key, &name); /* another kind is no known name */
		rc = read_member(name, value, &limits, err);
	}
	if (rc == 0)
		*ret_limits = limits;
	return rc;
}
