/* SPDX-License-Identifier: MIT */
/* What #n stands for in this session: addresses by the order in which they were seen. #0 is the admin. */
#ifndef TSP_SHELL_CONTACTS_H
#define TSP_SHELL_CONTACTS_H

#include <thespian.h>

#define CONTACTS_LIMIT 100000
#define CONTACT_TEXT   (TSP_ADDRESS_TEXT + 16) /* "#n @SYSTEM.NUMBER" and a NUL */

struct contacts {
	tsp_address *addresses;
	size_t count;
	size_t capacity;
};

void contacts_init(struct contacts *contacts);
void contacts_clear(struct contacts *contacts);
/* Number of an address, which is added where it is new. TSP_ELIMIT, TSP_ENOMEM. */
int contacts_add(struct contacts *contacts, tsp_address address);
/* The same of one that was seen; TSP_ENOENT. */
int contacts_find(const struct contacts *contacts, tsp_address address);
/* Reads "#3"; TSP_EUSAGE where it is not of this form or stands for nothing yet. */
int contacts_parse(const struct contacts *contacts, const char *text, tsp_address *ret_address,
	tsp_error *err);
/* Writes "#n @SYSTEM.NUMBER", adding where it is new; the address alone where it cannot be added. */
char *contacts_text(struct contacts *contacts, tsp_address address, char out[CONTACT_TEXT]);
/* "#n" alone, where there is one. */
char *contacts_short(struct contacts *contacts, tsp_address address, char out[CONTACT_TEXT]);
/* Adds every address that stands in a value. */
void contacts_add_all(struct contacts *contacts, tsp_value value);

#endif
