/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/claim.h"

#include <string.h>
#include <time.h>

#include "base/text.h"

#define NAME_LIMIT 64
#define DIGITS     "0123456789"
#define WORD       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "_"

static bool name_ok(const char *name, const char *alphabet)
{
	size_t size = strnlen(name, NAME_LIMIT + 1);
	return size > 0 && size <= NAME_LIMIT && strchr(WORD, name[0]) &&
		strspn(name, alphabet) == size;
}

bool package_group_ok(const char *group)
{
	return name_ok(group, WORD ".-");
}

bool package_version_ok(const char *version)
{
	return name_ok(version, WORD ".-+~");
}

static int number_at(const char *text, int count)
{
	int number = 0;
	for (int i = 0; i < count; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

/* A day of the calendar and a time of the day, exactly as claim_print writes it. */
static bool time_ok(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	int year = number_at(text, 4);
	int month = number_at(text + 5, 2);
	int day = number_at(text + 8, 2);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 &&
		day <= days[month - 1] + (month == 2 && leap) && number_at(text + 11, 2) < 24 &&
		number_at(text + 14, 2) < 60 && number_at(text + 17, 2) < 60;
}

/* Takes "NAME:VALUE" and the space or the end behind it. */
static bool take_field(const char **at, const char *name, char *out, size_t size)
{
	size_t name_size = strlen(name);
	if (strncmp(*at, name, name_size) != 0 || (*at)[name_size] != ':')
		return false;
	const char *value = *at + name_size + 1;
	size_t value_size = strcspn(value, " ");
	if (value_size >= size)
		return false;
	memcpy(out, value, value_size);
	out[value_size] = '\0';
	*at = value + value_size;
	return true;
}

static bool take_space(const char **at)
{
	if (**at != ' ')
		return false;
	++*at;
	return true;
}

int claim_parse(tsp_text text, struct package *package, tsp_error *err)
{
	char runtime[8];
	int64_t level;

	if (text.size > CLAIM_TEXT_LIMIT || memchr(text.data, '\0', text.size))
		return tsp_fail(err, TSP_EUNTRUSTED, "its trusted comment is too long or not text");
	memcpy(package->comment, text.data, text.size);
	package->comment[text.size] = '\0';
	const char *at = package->comment;
	if (!take_field(&at, "group", package->group, sizeof(package->group)) || !take_space(&at) ||
		!take_field(&at, "version", package->version, sizeof(package->version)) ||
		!take_space(&at) ||
		!take_field(&at, "time", package->time, sizeof(package->time)) ||
		!take_space(&at) || !take_field(&at, "runtime", runtime, sizeof(runtime)) || *at)
		return tsp_fail(err, TSP_EUNTRUSTED,
			"its trusted comment is not of the form "
			"'group:G version:V time:T runtime:N'");
	if (!package_group_ok(package->group))
		return tsp_fail(err, TSP_EUNTRUSTED, "its group is not a name");
	if (!package_version_ok(package->version))
		return tsp_fail(err, TSP_EUNTRUSTED, "its version is not one");
	if (!time_ok(package->time))
		return tsp_fail(
			err, TSP_EUNTRUSTED, "its time is not of the form YYYY-MM-DDTHH:MM:SSZ");
	if (strspn(runtime, DIGITS) != strlen(runtime) || runtime[0] == '0' ||
		text_to_int(runtime, 1, 9999, &level) < 0)
		return tsp_fail(err, TSP_EUNTRUSTED, "its runtime level is not a number");
	package->runtime = (int)level;
	return 0;
}

int claim_print(const struct package_claim *claim, char out[CLAIM_TEXT_LIMIT + 1], tsp_error *err)
{
	const char *version = claim->version ? claim->version : "none";
	char stamp[32] = "";
	char quoted[160];
	struct tm parts;
	time_t seconds = (time_t)claim->time;

	if (!claim->group || !package_group_ok(claim->group))
		return tsp_fail(err, TSP_EVALUE,
			"cannot use group '%s': up to 64 letters, digits, '_', '.' and "
			"'-', the first no '.' or '-'",
			text_quote(tsp_text_of(claim->group), quoted, sizeof(quoted)));
	if (!package_version_ok(version))
		return tsp_fail(err, TSP_EVALUE,
			"cannot use version '%s': up to 64 letters, digits, '_', '.', '-', "
			"'+' and '~', the first a letter, digit or '_'",
			text_quote(tsp_text_of(version), quoted, sizeof(quoted)));
	if (!gmtime_r(&seconds, &parts) || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900)
		return tsp_fail(err, TSP_EVALUE,
			"cannot use time %lld: not within the years 0 to 9999",
			(long long)claim->time);
	snprintf(stamp, sizeof(stamp), "%04u-%02u-%02uT%02u:%02u:%02uZ",
		(unsigned)parts.tm_year + 1900, (unsigned)parts.tm_mon + 1, (unsigned)parts.tm_mday,
		(unsigned)parts.tm_hour, (unsigned)parts.tm_min, (unsigned)parts.tm_sec % 60);
	snprintf(out, CLAIM_TEXT_LIMIT + 1, "group:%s version:%s time:%s runtime:%d", claim->group,
		version, stamp, PACKAGE_RUNTIME);
	return 0;
}
