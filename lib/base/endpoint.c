/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool copy(char *out, size_t size, const char *from, const char *end)
{
	if ((size_t)(end - from) >= size)
		return false;
	memcpy(out, from, (size_t)(end - from));
	out[end - from] = '\0';
	return true;
}

static bool port_is_good(const char *port)
{
	int64_t number;

	return text_to_int(port, 1, 65535, &number) >= 0;
}

bool endpoint_parse(tsp_text text, struct endpoint *ret_endpoint)
{
	struct endpoint found = { .port = "" };
	const char *begin = text.data, *end = text.data + text.size;
	const char *host_end = end, *colon;

	if (text.size == 0 || memchr(begin, '\0', text.size) != NULL)
		return false;
	colon = memchr(begin, ':', text.size);
	if (*begin == '[') {
		host_end = memchr(begin, ']', text.size);
		if (host_end == NULL || (host_end + 1 < end && host_end[1] != ':'))
			return false;
		colon = host_end + 1 < end ? host_end + 1 : NULL;
		begin++;
	} else if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL) {
		colon = NULL; /* an IPv6 address alone */
	} else if (colon != NULL) {
		host_end = colon;
	}
	if (host_end == begin || !copy(found.host, sizeof(found.host), begin, host_end))
		return false;
	if (colon != NULL && (!copy(found.port, sizeof(found.port), colon + 1, end) || !port_is_good(found.port)))
		return false;
	*ret_endpoint = found;
	return true;
}

char *endpoint_text(const struct endpoint *endpoint, int port)
{
	bool six = strchr(endpoint->host, ':') != NULL;
	char number[16];

	snprintf(number, sizeof(number), "%d", port);
	return text_format("%s%s%s:%s", six ? "[" : "", endpoint->host, six ? "]" : "",
		endpoint->port[0] != '\0' ? endpoint->port : number);
}
