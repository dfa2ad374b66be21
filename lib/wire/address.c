/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/error.h"
#include "base/text.h"

_Static_assert(crypto_shorthash_KEYBYTES == 16, "a system id taken twice is the key");
_Static_assert(crypto_shorthash_BYTES == 8, "a hash is a number");

bool tsp_address_equal(tsp_address a, tsp_address b)
{
	return a.system == b.system && a.number == b.number;
}

bool tsp_address_is_nobody(tsp_address a)
{
	return a.system == 0 && a.number == 0;
}

int tsp_address_compare(tsp_address a, tsp_address b)
{
	if (a.system != b.system)
		return a.system < b.system ? -1 : 1;
	return (a.number > b.number) - (a.number < b.number);
}

char *tsp_address_text(tsp_address a, char out[TSP_ADDRESS_TEXT])
{
	snprintf(out, TSP_ADDRESS_TEXT, "@%" PRIx64 ".%" PRIx64, a.system, a.number);
	return out;
}

/* Reads 1 to 16 hexadecimal digits; returns what follows, NULL if they are not there. */
static const char *parse_hex(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;
	int count = 0;

	for (;; text++, count++) {
		char digit = *text;
		int value = digit >= '0' && digit <= '9' ? digit - '0' :
			digit >= 'a' && digit <= 'f'	 ? digit - 'a' + 10 :
			digit >= 'A' && digit <= 'F'	 ? digit - 'A' + 10 :
							   -1;

		if (value < 0)
			break;
		if (count == 16)
			return NULL;
		number = number << 4 | (unsigned int)value;
	}
	if (count == 0)
		return NULL;
	*ret_number = number;
	return text;
}

int tsp_address_parse(const char *text, tsp_address *ret_address)
{
	tsp_address address;

	if (text == NULL || *text != '@')
		return TSP_EVALUE;
	text = parse_hex(text + 1, &address.system);
	if (text == NULL || *text != '.')
		return TSP_EVALUE;
	text = parse_hex(text + 1, &address.number);
	if (text == NULL || *text != '\0')
		return TSP_EVALUE;
	*ret_address = address;
	return TSP_OK;
}

static const char *name_fault(tsp_text name)
{
	if (name.size == 0)
		return "it is empty";
	if (name.size > ADDRESS_NAME_LIMIT)
		return "it is longer than 120 bytes";
	if (!text_is_utf8(name.data, name.size))
		return "it is not UTF-8";
	if (name.data[0] == '#')
		return "it begins with '#'";
	for (size_t i = 0; i < name.size; i++) {
		unsigned char byte = (unsigned char)name.data[i];

		if (byte == '@')
			return "it has an '@' in it";
		/* U+0080 to U+009F are c2 80 to c2 9f. */
		if (byte < 0x20 || byte == 0x7f ||
			(byte == 0xc2 && (unsigned char)name.data[i + 1] < 0xa0))
			return "it has a control character in it";
	}
	return NULL;
}

int address_check_name(tsp_text name, tsp_error *err)
{
	const char *fault = name_fault(name);
	char quoted[300];

	if (fault == NULL)
		return TSP_OK;
	return tsp_fail(err, TSP_ENAME, "cannot use '%s' as a name: %s",
		text_quote(name, quoted, sizeof(quoted)), fault);
}

static uint64_t hash_under(uint64_t system, const void *bytes, size_t size)
{
	unsigned char key[crypto_shorthash_KEYBYTES];
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		key[i] = key[i + 8] = (unsigned char)(system >> 8 * i);
	crypto_shorthash(hash, bytes, size, key);
	for (int i = 0; i < 8; i++)
		number |= (uint64_t)hash[i] << 8 * i;
	return number;
}

uint64_t address_of_name(uint64_t system, tsp_text name)
{
	return hash_under(system, name.data, name.size) | ADDRESS_NAME_BIT;
}

bool address_split_name(const char *text, uint64_t own, tsp_text *ret_name, uint64_t *ret_system)
{
	const char *at = strchr(text, '@');

	*ret_name = tsp_text_of(text);
	*ret_system = own;
	if (at != NULL) {
		ret_name->size = (size_t)(at - text);
		at = parse_hex(at + 1, ret_system);
		if (at == NULL || *at != '\0')
			return false;
	}
	return address_check_name(*ret_name, NULL) >= 0;
}

uint64_t address_key(uint64_t own_system, tsp_address address)
{
	unsigned char number[8];

	if (address.system == own_system)
		return address.number;
	for (int i = 0; i < 8; i++)
		number[i] = (unsigned char)(address.number >> 8 * i);
	return (hash_under(address.system, number, sizeof(number)) & ~ADDRESS_NAME_BIT) |
		ADDRESS_FOREIGN_BIT;
}
