/* SPDX-License-Identifier: MIT */
/* A command's side of the Director: opening the system, asking, and turning its answer into an error. */
#ifndef TSP_DIRECTOR_CLIENT_H
#define TSP_DIRECTOR_CLIENT_H

#include "director/context.h"

enum client_start { CLIENT_ATTACH, CLIENT_START };

struct client {
	struct context *context;
	tsp_system *system;
	int port;
	int64_t timeout_ms;
};

/* Attaches to the system of the settings; CLIENT_START: starts it if none runs. */
int client_open(struct context *context, enum client_start start, int64_t timeout_ms,
	struct client *ret_client, tsp_error *err);
/* Process id of the admin, of its status or by the ancestors of its hosts; 0: not known. */
int64_t client_pid(const tsp_message *status);
void client_close(struct client *client);
/*
 * Asks the Director; request as client_request begins it. ret_answer is a DirectorAnswer, also where
 * it tells of a failure (client_verdict says so); free it with tsp_message_free.
 */
int client_ask(struct client *client, const char *type, tsp_builder *request,
	tsp_message **ret_answer, tsp_error *err);
/* A map that is begun, with `folder` in it; the caller adds members and ends it. NULL: no memory. */
tsp_builder *client_request(const struct context *context);
/* The answer's code as result, its error and hint as err; the compiler's lines go to stderr. */
int client_verdict(const tsp_message *answer, tsp_error *err);
/* Attaches, asks, judges, closes: for the commands that print the answer themselves. ret_answer as in
 * client_ask, NULL on failure; request is freed. */
int client_ask_once(struct context *context, const char *type, tsp_builder *request,
	tsp_message **ret_answer, tsp_error *err);
/* Opens, asks, prints the results, closes: what most commands do. request is freed. */
int client_run(struct context *context, enum client_start start, int64_t timeout_ms,
	const char *type, tsp_builder *request, tsp_error *err);
/* Results as lines or JSON. */
int client_print_results(const struct context *context, const tsp_message *answer);

#endif
