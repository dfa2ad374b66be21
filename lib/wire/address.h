/* SPDX-License-Identifier: MIT */
/*
 * How an address's number is made (architecture part 3): the top bit marks a global name; else
 * 39 bits of lease and 24 bits of counter. Number 0 is the admin.
 */
#ifndef TSP_WIRE_ADDRESS_H
#define TSP_WIRE_ADDRESS_H

#include <thespian.h>

#define ADDRESS_NAME_BIT ((uint64_t)1 << 63)
/* Marks the key of an address of another system; leases never grow that far. */
#define ADDRESS_FOREIGN_BIT ((uint64_t)1 << 62)
#define ADDRESS_LEASE_SHIFT 24
#define ADDRESS_COUNTER_MASK (((uint64_t)1 << ADDRESS_LEASE_SHIFT) - 1)
#define ADDRESS_NAME_LIMIT 120
/* In a caller's lease 1 is the caller itself, 2 up to this the actors that it creates, the rest its
 * reply addresses: so nothing that is sent to a dead actor reaches the caller. */
#define ADDRESS_CALLER_ACTORS ((uint64_t)1 << 22)
#define ADDRESS_CALLER_ASKS ((uint64_t)1 << 23) /* and of these, those of its asks from here on */

static inline bool address_is_name(uint64_t number)
{
	return (number & ADDRESS_NAME_BIT) != 0;
}

static inline uint64_t address_lease(uint64_t number)
{
	return (number & ~ADDRESS_NAME_BIT) >> ADDRESS_LEASE_SHIFT;
}

static inline bool address_is_of_caller(uint64_t number)
{
	uint64_t counter = number & ADDRESS_COUNTER_MASK;

	return !address_is_name(number) && (counter == 1 || counter >= ADDRESS_CALLER_ACTORS);
}

/* A reply address of an ask, in the lease of a caller; in a host's lease such a number is an actor's. */
static inline bool address_is_of_ask(uint64_t number)
{
	return !address_is_name(number) && (number & ADDRESS_COUNTER_MASK) >= ADDRESS_CALLER_ASKS;
}

/* Whether text is usable as a global name; TSP_ENAME with the reason if not. */
int address_check_name(tsp_text name, tsp_error *err);
/* The number of a global name: SipHash-2-4 (crypto_shorthash) of its text under the system id
 * taken twice as key, top bit set. The name is not checked here. */
uint64_t address_of_name(uint64_t system, tsp_text name);
/* Takes NAME@SYSTEM apart, SYSTEM an id as in an address's text; a name alone is one of own. False: neither. */
bool address_split_name(const char *text, uint64_t own, tsp_text *ret_name, uint64_t *ret_system);

/*
 * What an address is found by in the tables of a system: its number, or if it is of another system a hash of
 * both halves (SipHash-2-4 of the number, under the other's id as above), the foreign bit set and the
 * name's not. Two of them may be alike; who enters one sees to that.
 */
uint64_t address_key(uint64_t own_system, tsp_address address);

#endif
