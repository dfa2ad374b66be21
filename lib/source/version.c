/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "source/version.h"

#include <stddef.h>
#include <string.h>

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The weight of one character outside of digit runs; the end and digits weigh nothing. */
static int character_weight(char c)
{
	if (c == '\0' || is_digit(c))
		return 0;
	if (c == '~')
		return -1;
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return (unsigned char)c;
	return (unsigned char)c + 256;
}

static int compare_words(const char **a, const char **b)
{
	while ((**a && !is_digit(**a)) || (**b && !is_digit(**b))) {
		int difference = character_weight(**a) - character_weight(**b);
		if (difference)
			return difference;
		++*a;
		++*b;
	}
	return 0;
}

/* By value, whatever the number of digits. */
static int compare_numbers(const char **a, const char **b)
{
	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	size_t size_a = strspn(*a, "0123456789");
	size_t size_b = strspn(*b, "0123456789");
	if (size_a != size_b)
		return size_a < size_b ? -1 : 1;
	int difference = strncmp(*a, *b, size_a);
	*a += size_a;
	*b += size_b;
	return difference;
}

int version_compare(const char *a, const char *b)
{
	const char *at_a = a;
	const char *at_b = b;
	int none_a = strcmp(a, "none") == 0;
	int none_b = strcmp(b, "none") == 0;
	if (none_a || none_b)
		return none_b - none_a;
	while (*at_a || *at_b) {
		int difference = compare_words(&at_a, &at_b);
		if (!difference)
			difference = compare_numbers(&at_a, &at_b);
		if (difference)
			return difference;
	}
	return strcmp(a, b);
}
