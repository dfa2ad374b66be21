/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GRID_GAP 2 /* blanks between columns */

void grid_init(struct grid *grid)
{
	*grid = (struct grid){ 0 };
}

static void grid_forget_rows(struct grid *grid)
{
	for (size_t i = 0; i < grid->row_count; i++)
		for (size_t j = 0; j < grid->column_count; j++)
			free(grid->rows[i].cells[j]);
	grid->row_count = 0;
}

void grid_clear(struct grid *grid)
{
	grid_forget_rows(grid);
	free(grid->rows);
	for (size_t i = 0; i < grid->column_count; i++)
		free(grid->columns[i]);
	grid_init(grid);
}

int grid_add_row(struct grid *grid)
{
	if (grid->row_count == grid->row_capacity) {
		size_t capacity = grid->row_capacity == 0 ? 16 : grid->row_capacity * 2;
		struct grid_row *rows = realloc(grid->rows, capacity * sizeof(*rows));
		if (rows == NULL)
			return TSP_ENOMEM;
		grid->rows = rows;
		grid->row_capacity = capacity;
	}
	grid->rows[grid->row_count++] = (struct grid_row){ { NULL } };
	return TSP_OK;
}

static int grid_add_column(struct grid *grid, const char *column)
{
	if (grid->column_count == GRID_COLUMNS)
		return TSP_ELIMIT;
	char *copy = strdup(column);
	if (copy == NULL)
		return TSP_ENOMEM;
	grid->columns[grid->column_count++] = copy;
	return TSP_OK;
}

int grid_put(struct grid *grid, const char *column, tsp_text text)
{
	size_t at = 0;
	while (at < grid->column_count && strcmp(grid->columns[at], column) != 0)
		at++;
	if (grid->row_count == 0 || text.data == NULL)
		return TSP_OK;
	if (at == grid->column_count) {
		int rc = grid_add_column(grid, column);
		if (rc < 0)
			return rc;
	}
	size_t room = text.size * 4 + 1;
	char *shown = malloc(room);
	if (shown == NULL)
		return TSP_ENOMEM;
	struct grid_row *row = &grid->rows[grid->row_count - 1];
	free(row->cells[at]);
	row->cells[at] = text_quote(text, shown, room);
	return TSP_OK;
}

/* Columns that a terminal shows, taking each character as one. */
static size_t grid_width(const char *text)
{
	size_t width = 0;
	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			width++;
	return width;
}

static int grid_print_row(
	struct buffer *into, int indent, char *const *cells, const size_t *widths, size_t count)
{
	int rc = buffer_printf(into, "%*s", indent, "");
	size_t gap = 0; /* blanks owed before the next cell */
	for (size_t i = 0; i < count && rc >= 0; i++) {
		const char *cell = cells[i] != NULL ? cells[i] : "";
		if (widths[i] == 0)
			continue;
		if (cell[0] != '\0') {
			rc = buffer_printf(into, "%*s%s", (int)gap, "", cell);
			gap = 0;
		}
		gap += widths[i] - grid_width(cell) + GRID_GAP;
	}
	return rc < 0 ? rc : buffer_put(into, "\n", 1);
}

static char *grid_head(const char *column)
{
	char *head = strdup(column);
	for (char *c = head; c != NULL && *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return head;
}

int grid_print(struct grid *grid, struct buffer *into, int indent, bool heads)
{
	size_t widths[GRID_COLUMNS] = { 0 };
	char *names[GRID_COLUMNS] = { NULL };
	int rc = TSP_OK;
	for (size_t i = 0; i < grid->row_count; i++) {
		for (size_t j = 0; j < grid->column_count; j++) {
			const char *cell = grid->rows[i].cells[j];
			size_t width = cell != NULL ? grid_width(cell) : 0;
			widths[j] = width > widths[j] ? width : widths[j];
		}
	}
	for (size_t j = 0; heads && j < grid->column_count; j++) {
		names[j] = grid_head(grid->columns[j]);
		if (names[j] != NULL && widths[j] > 0 && grid_width(names[j]) > widths[j])
			widths[j] = grid_width(names[j]);
	}
	if (heads && grid->row_count > 0)
		rc = grid_print_row(into, indent, names, widths, grid->column_count);
	for (size_t i = 0; i < grid->row_count && rc >= 0; i++)
		rc = grid_print_row(into, indent, grid->rows[i].cells, widths, grid->column_count);
	for (size_t j = 0; j < grid->column_count; j++)
		free(names[j]);
	grid_forget_rows(grid);
	return rc;
}
