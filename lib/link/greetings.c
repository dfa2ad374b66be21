/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/greetings.h"

#include <string.h>

#include <sodium.h>

#define STEP (CLOCK_SECOND / GREETINGS_RATE)
#define FULL (GREETINGS_BURST * STEP)

static bool allows(clock_ns *count, clock_ns now)
{
	if (*count < now - FULL)
		*count = now - FULL;
	return *count <= now - STEP;
}

static bool may_come_bare(struct greetings *greetings, clock_ns now)
{
	if (!allows(&greetings->bare, now))
		return false;
	greetings->bare += STEP;
	return true;
}

/* Whoever floods has hardly all the counts of another. */
static bool may_come(struct greetings *greetings, const char *source, clock_ns now)
{
	uint8_t hash[crypto_shorthash_BYTES];
	bool may = false;

	crypto_shorthash(hash, (const uint8_t *)source, strlen(source), greetings->key);
	for (size_t i = 0; i < GREETINGS_EACH; i++) {
		clock_ns *count = &greetings->shown[hash[i] % GREETINGS_COUNTS];

		if (!allows(count, now))
			continue;
		*count += STEP;
		may = true;
	}
	return may;
}

enum greeting greetings_judge(struct greetings *greetings, const uint8_t *greeting, size_t size, const char *place,
	const char *source, bool crowded, clock_ns now)
{
	uint8_t cookie[COOKIE_SIZE];

	cookie_of(greetings->secret, place, now, cookie);
	if (cookie_shown(cookie, greeting, size))
		return may_come(greetings, source, now) ? GREETING_LOOK : GREETING_REFUSE;
	return !crowded && may_come_bare(greetings, now) ? GREETING_LOOK : GREETING_ASK;
}
