/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/contacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

void contacts_init(struct contacts *contacts)
{
	*contacts = (struct contacts){ 0 };
}

void contacts_clear(struct contacts *contacts)
{
	free(contacts->addresses);
	contacts_init(contacts);
}

int contacts_find(const struct contacts *contacts, tsp_address address)
{
	for (size_t i = 0; i < contacts->count; i++)
		if (tsp_address_equal(contacts->addresses[i], address))
			return (int)i;
	return TSP_ENOENT;
}

int contacts_add(struct contacts *contacts, tsp_address address)
{
	int number = contacts_find(contacts, address);
	if (number >= 0)
		return number;
	if (contacts->count >= CONTACTS_LIMIT)
		return TSP_ELIMIT;
	if (contacts->count == contacts->capacity) {
		size_t capacity = contacts->capacity == 0 ? 32 : contacts->capacity * 2;
		tsp_address *grown = realloc(contacts->addresses, capacity * sizeof(*grown));
		if (grown == NULL)
			return TSP_ENOMEM;
		contacts->addresses = grown;
		contacts->capacity = capacity;
	}
	contacts->addresses[contacts->count] = address;
	return (int)contacts->count++;
}

int contacts_parse(
	const struct contacts *contacts, const char *text, tsp_address *ret_address, tsp_error *err)
{
	int64_t number = 0;
	char shown[80];
	if (text[0] != '#' || text_to_int(text + 1, 0, CONTACTS_LIMIT, &number) < 0 ||
		(size_t)number >= contacts->count)
		return tsp_fail(err, TSP_EUSAGE,
			"cannot use '%s': no address of this session has that number",
			text_quote(tsp_text_of(text), shown, sizeof(shown)));
	*ret_address = contacts->addresses[number];
	return TSP_OK;
}

char *contacts_text(struct contacts *contacts, tsp_address address, char out[CONTACT_TEXT])
{
	char text[TSP_ADDRESS_TEXT];
	int number = contacts_add(contacts, address);
	tsp_address_text(address, text);
	if (number < 0)
		snprintf(out, CONTACT_TEXT, "%s", text);
	else
		snprintf(out, CONTACT_TEXT, "#%d %s", number, text);
	return out;
}

char *contacts_short(struct contacts *contacts, tsp_address address, char out[CONTACT_TEXT])
{
	contacts_text(contacts, address, out);
	out[strcspn(out, " ")] = '\0';
	return out;
}

void contacts_add_all(struct contacts *contacts, tsp_value value)
{
	tsp_address address;
	tsp_text type;
	tsp_value inner;
	tsp_value key;
	tsp_walk at = { 0 };
	if (tsp_value_address(value, &address)) {
		(void)contacts_add(contacts, address); /* past the limit it just has no number */
	} else if (tsp_value_typed(value, &type, &inner) || tsp_value_encoded(value, &inner)) {
		contacts_add_all(contacts, inner);
	} else {
		while (tsp_value_next(value, &at, &key, &inner))
			contacts_add_all(contacts, inner);
	}
}
