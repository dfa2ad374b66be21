/* SPDX-License-Identifier: MIT */
/* The module of test/cli/log_*.bats: actors that log, fail, and do not come back. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <thespian.h>

static int answer(tsp_actor *self, tsp_address sender, int64_t count)
{
	return tsp_sendf(self, sender, NULL, "{s:I}", "n", count);
}

/* Log{level, text, logger?, n?}: so many records, numbered. */
static int on_log(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_text level = tsp_get_text(message, "level");
	tsp_text text = tsp_get_text(message, "text");
	tsp_text logger = tsp_get_text(message, "logger");
	int64_t count = tsp_get_int(message, "n", 1);
	char *level_text = tsp_text_copy(level), *logger_text = tsp_text_copy(logger);

	for (int64_t i = 0; i < count; i++)
		tsp_log_to(self, logger.size > 0 ? logger_text : NULL, level_text, "%.*s %lld",
			(int)text.size, text.data, (long long)i);
	free(level_text);
	free(logger_text);
	return answer(self, sender, count);
}

static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)sender;
	return tsp_fail_text(self, TSP_EFAILED, "on purpose");
}

/* Refused: a type that only the system may send. */
static int on_forge(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	(void)tsp_send(self, sender, "PoisonMessage", (tsp_value){ NULL, 0 });
	return answer(self, sender, 1);
}

static int on_zone(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	return tsp_sendf(self, sender, NULL, "{s:s}", "zone", getenv("TZ"));
}

/* Busy{ms}: as if it would never return. */
static int on_busy(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	int64_t until_ms = tsp_get_int(message, "ms", 1000);
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 <
		until_ms);
	return answer(self, sender, until_ms);
}

static int on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	(void)message;
	tsp_log(self, "warning", "about to go");
	(void)sender;
	return tsp_exit(self);
}

static const tsp_handler handlers[] = {
	{ "Log", on_log },
	{ "Fail", on_fail },
	{ "Forge", on_forge },
	{ "Zone", on_zone },
	{ "Busy", on_busy },
	{ "Leave", on_pid },
	{ NULL, NULL },
};

static int refuse(tsp_actor *self, tsp_value argument)
{
	(void)argument;
	return tsp_fail_text(self, TSP_EFAILED, "init does not want to");
}

static const tsp_class logger = { .name = "Logger", .handlers = handlers };
static const tsp_class stubborn = { .name = "Stubborn", .init = refuse };

TSP_EXPORT(&logger, &stubborn)
