/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 server in two actors. Server owns the sockets; it never waits for one of them, so all
 * connections are served at once by one thread. What to answer it asks of Answerer, one message a
 * request, and goes on meanwhile.
 *
 *   Listen {"port": 8080}                                  Listening {"port"}; 0: any free port
 *   Retire                                                 no new connections; the open ones end
 *   Question {"ticket", "path", "query"}                   Server to Answerer
 *   Answer {"ticket", "status", "body"}                    and back
 *
 *   request.c     bytes to a request, without any descriptor
 *   connection.c  one connection's socket, without any actor
 *   server.c      the actor that joins them
 *   answerer.c    the actor that knows the answers
 */
#ifndef HTTP_H
#define HTTP_H

#include <thespian.h>

#define CONNECTIONS_LIMIT 200	/* then the kernel holds who else would like to connect */
#define HEAD_LIMIT	  8192	/* bytes of request line and headers: 431 past it */
#define REQUEST_MS	  10000 /* a request must be here in that time, or the connection ends */
#define ANSWER_MS	  15000 /* the Answerer's: 504 past it */
#define WRITE_MS	  10000 /* the client takes the response in that time */
#define DRAIN_MS	  1000	/* what a client goes on sending after an error is read that long */
#define TICK_MS		  100	/* how often the times above are looked at */

/* ---- request.c ---- */

struct request {
	tsp_text method;
	tsp_text path; /* as it came, not yet decoded; both lie in the bytes that were parsed */
	tsp_text query;
	bool keep_alive;
};

/* Size of the head, its empty line included; 0: its end has not come yet. */
size_t request_head_size(const char *bytes, size_t size);
/* 0, or the HTTP status that says what is wrong with it. */
int request_parse(const char *head, size_t size, struct request *ret_request);
/* Puts {"path", "query": {..}}'s two members, decoded; false: the escapes are none. */
bool request_put(tsp_builder *builder, const struct request *request);

/* ---- connection.c ---- */

enum phase {
	PHASE_READING, /* a request, or the rest of it */
	PHASE_ASKING,  /* the Answerer has the question */
	PHASE_WRITING, /* the response, as the client takes it */
	PHASE_DRAINING, /* after an error: so that the client can read the response, read what it sent */
};

struct connection {
	int fd;
	enum phase phase;
	bool keep_alive;
	int64_t ticket;	     /* of the question that is asked */
	int64_t deadline_ms; /* of the phase */
	size_t in_size;
	size_t out_size;
	size_t out_sent;
	char *out;
	char in[HEAD_LIMIT];
};

int64_t http_now_ms(void);
/* A listening socket at 127.0.0.1, or -1 with errno. */
int connection_listen(int port);
int connection_port(int listener);
/* NULL: nobody waits (errno EAGAIN), or it failed. Free with connection_free. */
struct connection *connection_accept(int listener);
void connection_free(struct connection *connection); /* takes NULL */
void connection_enter(struct connection *connection, enum phase phase);
/* Reads what is there; false: the client has gone. */
bool connection_read(struct connection *connection);
/* Makes the response and begins to write it; false: there is no memory. */
bool connection_respond(struct connection *connection, int status, const char *body);
/* Writes what fits; false: the client has gone. */
bool connection_write(struct connection *connection);

/* ---- the actors ---- */

extern const tsp_class http_server;
extern const tsp_class http_answerer;

#endif
