/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shell/top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static const char *const top_names[TOP_KEYS] = { "mailbox", "oldest", "rate", "cpu", "memory",
	"restarts" };

const char *top_key_name(enum top_key key)
{
	return top_names[key];
}

int top_key_parse(const char *name, enum top_key *ret_key, tsp_error *err)
{
	char shown[40];
	for (size_t i = 0; i < TOP_KEYS; i++) {
		if (strcmp(name, top_names[i]) == 0) {
			*ret_key = (enum top_key)i;
			return TSP_OK;
		}
	}
	return tsp_fail(err, TSP_EUSAGE,
		"cannot sort by '%s': it is none of mailbox, oldest, rate, cpu, memory, restarts",
		text_quote(tsp_text_of(name), shown, sizeof(shown)));
}

char *top_short(double number, double step, char out[16])
{
	static const char units[] = " kMGTP";
	size_t unit = 0;
	while (number >= 999.5 && unit + 2 < sizeof(units)) {
		number /= step;
		unit++;
	}
	if (unit == 0)
		snprintf(out, 16, number > 0 && number < 9.95 && number != (double)(int)number ?
				 "%.1f" : "%.0f", number);
	else
		snprintf(out, 16, number < 9.95 ? "%.1f%c" : "%.0f%c", number, units[unit]);
	return out;
}

static int top_by_number(const void *a, const void *b)
{
	const struct top_row *left = a;
	const struct top_row *right = b;
	return tsp_address_compare(left->entry->number, right->entry->number);
}

static void top_fill(struct top_row *row, const struct roll_entry *entry)
{
	row->entry = entry;
	row->figures[TOP_MAILBOX] = (double)roll_mailbox(entry);
	row->figures[TOP_OLDEST] = (double)roll_number(entry, "oldest_ms");
	row->figures[TOP_MEMORY] = (double)roll_number(entry, "memory");
	row->figures[TOP_RESTARTS] = (double)roll_number(entry, "restarts");
	row->handled = roll_number(entry, "handled");
	row->cpu_ms = roll_number(entry, "cpu_ms");
}

/* What is new since the look before, as a rate. */
static void top_compare(struct top_row *row, const struct top_row *before, double seconds)
{
	if (before == NULL || seconds <= 0)
		return;
	row->rate = before->rate;
	if (row->handled > before->handled)
		row->figures[TOP_RATE] = (double)(row->handled - before->handled) / seconds;
	if (row->cpu_ms > before->cpu_ms)
		row->figures[TOP_CPU] = (double)(row->cpu_ms - before->cpu_ms) / seconds / 10;
	spark_add(&row->rate, row->figures[TOP_RATE]);
}

int top_look(struct shell *shell, struct top *top, tsp_error *err)
{
	struct roll roll;
	int rc = roll_call(shell, &roll, err);
	if (rc < 0)
		return rc;
	clock_ns now = clock_read();
	double seconds = top->at != 0 ? (double)(now - top->at) / (double)CLOCK_SECOND : 0;
	struct top_row *rows = calloc(roll.count + 1, sizeof(*rows));
	if (rows == NULL) {
		roll_clear(&roll);
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	}
	if (top->count > 0)
		qsort(top->rows, top->count, sizeof(*top->rows), top_by_number);
	top->rate = 0;
	for (size_t i = 0; i < roll.count; i++) {
		top_fill(&rows[i], &roll.entries[i]);
		top_compare(&rows[i],
			top->count > 0 ? bsearch(&rows[i], top->rows, top->count,
						 sizeof(*top->rows), top_by_number) :
					 NULL,
			seconds);
		top->rate += rows[i].figures[TOP_RATE];
	}
	if (seconds > 0)
		spark_add(&top->rates, top->rate);
	free(top->rows);
	roll_clear(&top->roll);
	top->roll = roll;
	top->rows = rows;
	top->count = roll.count;
	top->at = now;
	return TSP_OK;
}

static int top_order(const void *a, const void *b, void *data)
{
	const struct top_row *left = a;
	const struct top_row *right = b;
	size_t key = *(const enum top_key *)data;
	for (size_t i = 0; i <= TOP_KEYS; i++) {
		if (left->figures[key] != right->figures[key])
			return left->figures[key] > right->figures[key] ? -1 : 1;
		key = i; /* among equals by the others in their order */
		if (key == TOP_KEYS)
			break;
	}
	return tsp_address_compare(left->entry->number, right->entry->number);
}

void top_sort(struct top *top)
{
	if (top->count > 0)
		qsort_r(top->rows, top->count, sizeof(*top->rows), top_order, &top->key);
}

void top_clear(struct top *top)
{
	roll_clear(&top->roll);
	free(top->rows);
	*top = (struct top){ 0 };
}
