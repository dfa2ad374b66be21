/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "link/seals.h"

#include <string.h>

#include "link/number.h"

#define EPOCH_BITS 20
#define WORDS	   (SEALS_WINDOW / 64 + 1)

void seals_begin(struct seals *seals, const struct noise_cipher *sending,
	const struct noise_cipher *receiving)
{
	memset(seals, 0, sizeof(*seals));
	seals->sending = *sending;
	seals->receiving = *receiving;
}

int seals_close(struct seals *seals, uint8_t *datagram, size_t size)
{
	uint64_t number = seals->sending.counter;
	int rc;

	put_number(datagram + SEALS_CLEAR - 8, number, 8);
	rc = noise_seal(&seals->sending, datagram, SEALS_CLEAR, datagram + SEALS_CLEAR, size,
		datagram + SEALS_CLEAR);
	if (rc == 0 && (number + 1) >> EPOCH_BITS != number >> EPOCH_BITS)
		noise_rekey(&seals->sending);
	return rc;
}

/* Of the window's bits, those of numbers that are too old are taken for new ones. */
static bool is_seen(const struct seals *seals, uint64_t number)
{
	if (number >= seals->next)
		return false;
	return number + SEALS_WINDOW < seals->next ||
		(seals->seen[number / 64 % WORDS] >> number % 64 & 1);
}

static void see(struct seals *seals, uint64_t number)
{
	if (number >= seals->next) {
		uint64_t from = seals->next == 0 ? 0 : (seals->next - 1) / 64 + 1;
		uint64_t to = number / 64;

		for (uint64_t i = from; i <= to && i < from + WORDS; i++)
			seals->seen[i % WORDS] = 0;
		seals->next = number + 1;
	}
	seals->seen[number / 64 % WORDS] |= (uint64_t)1 << number % 64;
}

/* The key of that number; false: there is none any more, or not yet. */
static bool key_of(const struct seals *seals, uint64_t number, struct noise_cipher *ret)
{
	uint64_t epoch = number >> EPOCH_BITS;

	if (epoch == seals->epoch)
		*ret = seals->receiving;
	else if (epoch + 1 == seals->epoch)
		*ret = seals->former;
	else if (epoch == seals->epoch + 1)
		*ret = seals->receiving;
	else
		return false;
	if (epoch == seals->epoch + 1)
		noise_rekey(ret);
	ret->counter = number;
	return true;
}

long seals_open(struct seals *seals, uint8_t *datagram, size_t size)
{
	struct noise_cipher key;
	uint64_t number;

	if (size < SEALS_CLEAR + NOISE_TAG)
		return TSP_EPROTOCOL;
	number = get_number(datagram + SEALS_CLEAR - 8, 8);
	if (is_seen(seals, number) || !key_of(seals, number, &key) ||
		noise_open(&key, datagram, SEALS_CLEAR, datagram + SEALS_CLEAR,
			size - SEALS_CLEAR, datagram + SEALS_CLEAR) < 0)
		return TSP_EPROTOCOL;
	see(seals, number);
	if (number >> EPOCH_BITS == seals->epoch + 1) {
		seals->former = seals->receiving;
		seals->receiving = key;
		seals->epoch++;
	}
	return (long)(size - SEALS_CLEAR - NOISE_TAG);
}
