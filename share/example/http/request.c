/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <string.h>
#include <strings.h>

static bool is_token(tsp_text text)
{
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
			return false;
	}
	return text.size > 0;
}

static tsp_text until(const char **at, const char *end, char stop)
{
	const char *found = memchr(*at, stop, (size_t)(end - *at));
	tsp_text text = { *at, (size_t)((found != NULL ? found : end) - *at) };

	*at = found != NULL ? found + 1 : end;
	return text;
}

static bool is_name(tsp_text text, const char *other)
{
	return text.size == strlen(other) && strncasecmp(text.data, other, text.size) == 0;
}

size_t request_head_size(const char *bytes, size_t size)
{
	for (size_t i = 3; i < size; i++) {
		if (memcmp(bytes + i - 3, "\r\n\r\n", 4) == 0)
			return i + 1;
	}
	return 0;
}

/* "GET /path?query HTTP/1.1" */
static int parse_line(const char *line, const char *end, struct request *request)
{
	const char *at = line;
	tsp_text target;
	tsp_text version;

	request->method = until(&at, end, ' ');
	target = until(&at, end, ' ');
	version = (tsp_text){ at, (size_t)(end - at) };
	if (!is_token(request->method) || target.size == 0 || target.data[0] != '/')
		return 400;
	for (size_t i = 0; i < target.size; i++) {
		if (target.data[i] <= ' ' || target.data[i] > '~')
			return 400;
	}
	at = target.data;
	request->path = until(&at, target.data + target.size, '?');
	request->query = (tsp_text){ at, (size_t)(target.data + target.size - at) };
	request->keep_alive = tsp_text_is(version, "HTTP/1.1");
	if (!request->keep_alive && !tsp_text_is(version, "HTTP/1.0"))
		return version.size == 8 && memcmp(version.data, "HTTP/", 5) == 0 ? 505 : 400;
	return tsp_text_is(request->method, "GET") ? 0 : 405;
}

/* "Name: value"; only what matters to a server of GET is looked at. */
static int parse_header(const char *line, const char *end, struct request *request, int *hosts)
{
	const char *at = line;
	tsp_text name = until(&at, end, ':');
	tsp_text value;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	value = (tsp_text){ at, (size_t)(end - at) };
	if (!is_token(name) || memchr(value.data, '\0', value.size) != NULL ||
		memchr(value.data, '\r', value.size) != NULL ||
		memchr(value.data, '\n', value.size) != NULL)
		return 400;
	if (is_name(name, "Host"))
		++*hosts;
	else if (is_name(name, "Connection") && is_name(value, "close"))
		request->keep_alive = false;
	else if (is_name(name, "Transfer-Encoding") ||
		(is_name(name, "Content-Length") && !tsp_text_is(value, "0")))
		return 413; /* a body, which nothing here wants: what follows cannot be told apart */
	return 0;
}

int request_parse(const char *head, size_t size, struct request *ret_request)
{
	const char *end = head + size - 2; /* the empty line */
	const char *line = head;
	struct request request = { 0 };
	int hosts = 0;

	for (int number = 0; line < end; number++) {
		const char *stop = line;
		int status;

		while (memcmp(stop, "\r\n", 2) != 0)
			stop++; /* the head ends with one */
		status = number == 0 ? parse_line(line, stop, &request) :
				       parse_header(line, stop, &request, &hosts);
		if (status != 0)
			return status;
		line = stop + 2;
	}
	if (hosts > 1 || (hosts == 0 && request.keep_alive))
		return 400; /* HTTP/1.1 wants exactly one */
	*ret_request = request;
	return 0;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

	return found == NULL ? -1 : (int)(found - digits);
}

/* Decodes %41 and, in a query, '+'. room holds text.size + 1 bytes. */
static bool decode(tsp_text text, bool is_query, char *room, tsp_text *ret_text)
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];

		if (c == '%') {
			int high = i + 2 < text.size ? digit(text.data[i + 1]) : -1;
			int low = i + 2 < text.size ? digit(text.data[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (is_query && c == '+') {
			c = ' ';
		}
		room[size++] = c;
	}
	room[size] = '\0';
	*ret_text = (tsp_text){ room, size };
	return true;
}

/* A key that stands twice, or text that is no UTF-8, is the builder's error, and so a bad request. */
bool request_put(tsp_builder *builder, const struct request *request)
{
	char room[HEAD_LIMIT];
	const char *at = request->query.data;
	const char *end = at + request->query.size;
	tsp_text text;

	if (!decode(request->path, false, room, &text))
		return false;
	tsp_put_key(builder, "path");
	tsp_put_text(builder, text);
	tsp_put_key(builder, "query");
	tsp_begin_map(builder);
	while (at < end) {
		tsp_text pair = until(&at, end, '&');
		const char *inner = pair.data;
		tsp_text key = until(&inner, pair.data + pair.size, '=');
		tsp_text value = { inner, (size_t)(pair.data + pair.size - inner) };

		if (key.size == 0)
			continue;
		if (!decode(key, true, room, &text))
			return false;
		tsp_put_key(builder, text.data);
		if (!decode(value, true, room, &text))
			return false;
		tsp_put_text(builder, text);
	}
	tsp_end(builder);
	return true;
}
