/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/table.h"
#include "base/text.h"
#include "shell/interrupt.h"
#include "shell/render.h"
#include "shell/roll.h"
#include "shell/watch.h"

#define GRAPH_MS	 2000
#define GRAPH_RATE	 2000 /* messages a second that are told of; more are counted only */
#define GRAPH_LIMIT	 1000000
#define GRAPH_EDGES_MOST 65536
#define GRAPH_LABEL	 160

/* Messages from one to another; an end that is no actor of now is "outside": a caller, or gone. */
struct edge {
	size_t from_node; /* index of the roll; its count: outside */
	size_t to_node;
	int64_t count;
};

struct graph {
	struct roll roll;
	struct table nodes;	  /* number -> index of the roll plus 1, as a pointer */
	struct table edge_places; /* both nodes -> index of edges plus 1, as a pointer */
	struct edge *edges;
	size_t edge_count;
	size_t edge_room;
	int64_t left_out; /* messages along edges past the bound */
	struct watch watch;
};

static size_t graph_node(const struct graph *graph, tsp_address address)
{
	size_t place = (size_t)(uintptr_t)table_get(&graph->nodes, address.number);
	return place > 0 ? place - 1 : graph->roll.count;
}

static int graph_index(struct graph *graph)
{
	int rc = TSP_OK;
	for (size_t i = 0; rc >= 0 && i < graph->roll.count; i++) {
		const struct roll_entry *entry = &graph->roll.entries[i];
		rc = table_put(&graph->nodes, entry->address.number, (void *)(uintptr_t)(i + 1));
		if (rc >= 0)
			rc = table_put(
				&graph->nodes, entry->number.number, (void *)(uintptr_t)(i + 1));
	}
	return rc;
}

/* A name that was given is one of "names" alone. */
static void graph_index_names(struct graph *graph, const struct shell *shell)
{
	for (size_t i = 0; i < graph->roll.count; i++) {
		tsp_value names = tsp_value_get(graph->roll.entries[i].actor, "names");
		tsp_walk at = { 0 };
		tsp_value key, value;
		tsp_text text;
		while (tsp_value_next(names, &at, &key, &value)) {
			char *name = tsp_value_text(value, &text) ? tsp_text_copy(text) : NULL;
			if (name != NULL)
				(void)table_put(&graph->nodes,
					tsp_system_name_address(shell->system, name).number,
					(void *)(uintptr_t)(i + 1));
			free(name);
		}
	}
}

static int graph_add(struct graph *graph, size_t from_node, size_t to_node)
{
	uint64_t key = (uint64_t)from_node << 32 | (uint64_t)to_node;
	size_t place = (size_t)(uintptr_t)table_get(&graph->edge_places, key);
	if (place > 0) {
		graph->edges[place - 1].count++;
		return TSP_OK;
	}
	if (graph->edge_count >= GRAPH_EDGES_MOST) {
		graph->left_out++;
		return TSP_OK;
	}
	if (graph->edge_count == graph->edge_room) {
		size_t room = graph->edge_room == 0 ? 64 : graph->edge_room * 2;
		struct edge *grown = realloc(graph->edges, room * sizeof(*grown));
		if (grown == NULL)
			return TSP_ENOMEM;
		graph->edges = grown;
		graph->edge_room = room;
	}
	graph->edges[graph->edge_count++] = (struct edge){ from_node, to_node, 1 };
	return table_put(&graph->edge_places, key, (void *)(uintptr_t)graph->edge_count);
}

static int graph_follow(struct graph *graph, tsp_error *err)
{
	tsp_message *event = NULL;
	int rc;
	while ((rc = watch_next(&graph->watch, &event, err)) > 0) {
		tsp_address from = tsp_get_address(event, "from");
		tsp_address to = tsp_get_address(event, "to");
		tsp_message_free(event);
		/* what the system says itself, to actors, is no line between two of them */
		if (tsp_address_is_nobody(from) || from.number == 0)
			continue;
		rc = graph_add(graph, graph_node(graph, from), graph_node(graph, to));
		if (rc < 0)
			return tsp_fail(err, rc, "cannot make a graph: out of memory");
	}
	return rc;
}

/* ---- Drawing ---- */

enum graph_format { GRAPH_DOT, GRAPH_MERMAID };

/* Both take a text in double quotes; what means something there is written otherwise. */
static void graph_say_text(enum graph_format format, tsp_text text)
{
	char shown[GRAPH_LABEL];
	text_quote(text, shown, sizeof(shown));
	for (const char *c = shown; *c != '\0'; c++) {
		bool plain = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
			(*c >= 'a' && *c <= 'z') || (unsigned char)*c >= 0x80 ||
			strchr(" ._-+,@/", *c) != NULL;
		if (plain || (format == GRAPH_DOT && *c != '"' && *c != '\\'))
			putchar(*c);
		else if (format == GRAPH_DOT)
			printf("\\%c", *c);
		else
			printf("#%d;", *c);
	}
}

static void graph_say_node(
	enum graph_format format, const struct roll_entry *entry, size_t node, const char *number)
{
	tsp_text name = roll_text(entry, "name");
	const char *next = format == GRAPH_DOT ? "\\n" : "<br/>";
	printf(format == GRAPH_DOT ? "\tn%zu [label=\"" : "\tn%zu[\"", node);
	graph_say_text(format, roll_text(entry, "class"));
	if (name.size > 0) {
		fputs(next, stdout);
		graph_say_text(format, name);
	}
	fputs(next, stdout);
	graph_say_text(format, tsp_text_of(number));
	puts(format == GRAPH_DOT ? "\"];" : "\"]");
}

static bool graph_has_outside(const struct graph *graph)
{
	for (size_t i = 0; i < graph->edge_count; i++)
		if (graph->edges[i].from_node == graph->roll.count ||
			graph->edges[i].to_node == graph->roll.count)
			return true;
	return false;
}

static void graph_draw(struct shell *shell, const struct graph *graph, enum graph_format format)
{
	bool dot = format == GRAPH_DOT;
	char text[200];
	char number[CONTACT_TEXT];
	puts(dot ? "digraph thespian {\n\tnode [shape=box];" : "graph LR");
	printf("\t%s %s\n", dot ? "//" : "%%", watch_text(&graph->watch, text, sizeof(text)));
	if (graph->left_out > 0)
		printf("\t%s %lld of them along other lines than these %zu, which are left out\n",
			dot ? "//" : "%%", (long long)graph->left_out, graph->edge_count);
	for (size_t i = 0; i < graph->roll.count; i++) {
		contacts_short(&shell->contacts, graph->roll.entries[i].address, number);
		graph_say_node(format, &graph->roll.entries[i], i, number);
	}
	if (graph_has_outside(graph))
		printf(dot ? "\tn%zu [label=\"outside\", shape=ellipse];\n" :
			     "\tn%zu([\"outside\"])\n",
			graph->roll.count);
	for (size_t i = 0; i < graph->roll.count; i++) {
		size_t parent = graph_node(graph, graph->roll.entries[i].parent);
		if (parent < graph->roll.count)
			printf(dot ? "\tn%zu -> n%zu [style=dashed, arrowhead=none];\n" :
				     "\tn%zu -.- n%zu\n",
				parent, i);
	}
	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct edge *edge = &graph->edges[i];
		if (dot)
			printf("\tn%zu -> n%zu [label=\"%lld\"];\n", edge->from_node, edge->to_node,
				(long long)edge->count);
		else
			printf("\tn%zu -->|%lld| n%zu\n", edge->from_node, (long long)edge->count,
				edge->to_node);
	}
	if (dot)
		puts("}");
}

static void graph_put_end(struct shell *shell, const struct graph *graph, struct output *output,
	const char *key, size_t node)
{
	if (node < graph->roll.count)
		render_address(shell, output, key, NULL, graph->roll.entries[node].address);
	else
		output_string(output, key, NULL, NULL);
}

/* In text for $last alone: what is printed is the drawing. */
static int graph_put(struct shell *shell, const struct graph *graph, tsp_error *err)
{
	struct output *output = output_new(stdout, shell->form);
	output_quiet(output);
	output_begin(output, NULL, NULL);
	output_list(output, "nodes", NULL);
	for (size_t i = 0; i < graph->roll.count; i++) {
		const struct roll_entry *entry = &graph->roll.entries[i];
		output_begin(output, NULL, NULL);
		render_address(shell, output, "address", NULL, entry->address);
		output_text(output, "class", NULL, roll_text(entry, "class"));
		output_text(output, "name", NULL, roll_text(entry, "name"));
		render_address(shell, output, "parent", NULL, entry->parent);
		output_end(output);
	}
	output_end(output);
	output_list(output, "edges", NULL);
	for (size_t i = 0; i < graph->edge_count; i++) {
		output_begin(output, NULL, NULL);
		graph_put_end(shell, graph, output, "from", graph->edges[i].from_node);
		graph_put_end(shell, graph, output, "to", graph->edges[i].to_node);
		output_int(output, "messages", NULL, graph->edges[i].count);
		output_end(output);
	}
	output_end(output);
	output_int(output, "left_out", NULL, graph->left_out);
	watch_render(&graph->watch, output);
	output_end(output);
	return render_finish(output, err);
}

static int graph_format_of(
	const struct command_call *call, enum graph_format *ret_format, tsp_error *err)
{
	const char *word = options_get(&call->options, "format");
	char shown[80];
	*ret_format = GRAPH_DOT;
	if (word == NULL || strcmp(word, "dot") == 0)
		return TSP_OK;
	*ret_format = GRAPH_MERMAID;
	if (strcmp(word, "mermaid") == 0)
		return TSP_OK;
	return tsp_fail(err, TSP_EUSAGE, "cannot use '%s' for '--format': neither dot nor mermaid",
		text_quote(tsp_text_of(word), shown, sizeof(shown)));
}

/* Who comes while it listens is outside. */
static int graph_gather(
	struct shell *shell, const tsp_trace_options *options, struct graph *graph, tsp_error *err)
{
	int rc = roll_call(shell, &graph->roll, err);
	if (rc < 0)
		return rc;
	if (graph_index(graph) < 0)
		return tsp_fail(err, TSP_ENOMEM, "cannot make a graph: out of memory");
	graph_index_names(graph, shell);
	rc = watch_open(shell, options, &graph->watch, err);
	if (rc < 0)
		return rc;
	rc = graph_follow(graph, err);
	watch_close(&graph->watch);
	return rc;
}

static int graph_run(void *context, const struct command_call *call, tsp_error *err)
{
	struct shell *shell = context;
	tsp_trace_options options = {
		.limit = GRAPH_LIMIT, .rate = GRAPH_RATE, .duration_ms = GRAPH_MS
	};
	struct graph graph = { 0 };
	struct interrupt interrupt;
	enum graph_format format;
	int rc = watch_options(call, &options, err);
	if (rc >= 0)
		rc = graph_format_of(call, &format, err);
	if (rc < 0)
		return rc;
	table_init(&graph.nodes);
	table_init(&graph.edge_places);
	interrupt_catch(&interrupt);
	rc = graph_gather(shell, &options, &graph, err);
	interrupt_release(&interrupt);
	if (rc >= 0 && shell->form == OUTPUT_TEXT)
		graph_draw(shell, &graph, format);
	if (rc >= 0)
		rc = graph_put(shell, &graph, err);
	table_clear(&graph.nodes);
	table_clear(&graph.edge_places);
	free(graph.edges);
	roll_clear(&graph.roll);
	return rc;
}

static const struct option_spec graph_options[] = {
	{ "for", 0, "SECONDS", "how long messages are counted (2)", COMPLETE_NONE },
	{ "format", 0, "dot|mermaid", "Graphviz (dot), which is the default, or Mermaid",
		COMPLETE_NONE },
	{ 0 },
};

const struct command cmd_graph = {
	.name = "graph",
	.synopsis = "[--for SECONDS] [--format dot|mermaid]",
	.summary = "draw the actors, and how many messages go between them",
	.details =
		"Dashed lines lead from parents to children, others have the number of messages that were\n"
		"seen in this time, 2,000 a second at most: the first line of the drawing says how many\n"
		"there were. Callers, and who is not there any more, are \"outside\". As trace, it sees\n"
		"nothing of what stays within one host.\n"
		"example: thespian-shell -c graph | dot -Tsvg > actors.svg",
	.options = graph_options,
	.run = graph_run,
};
