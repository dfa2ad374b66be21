/* SPDX-License-Identifier: MIT */
/* Where something listens, as text: HOST, HOST:PORT, [V6]:PORT, or an IPv6 address alone. */
#ifndef TSP_BASE_ENDPOINT_H
#define TSP_BASE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <thespian.h>

#define ENDPOINT_HOST 256
#define ENDPOINT_PORT 8 /* digits and a NUL */

struct endpoint {
	char host[ENDPOINT_HOST];
	char port[ENDPOINT_PORT]; /* "": none is given */
};

/* False: it is none. The host is not looked up, and may be a name. */
bool endpoint_parse(tsp_text text, struct endpoint *ret_endpoint);
/* HOST:PORT, in brackets where it must be; port: where the endpoint has none. free() it; NULL: no memory. */
char *endpoint_text(const struct endpoint *endpoint, int port);

#endif
