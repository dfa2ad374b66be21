/* SPDX-License-Identifier: MIT */
/* Rows of cells under named columns, printed aligned. Cells hold text that is escaped already. */
#ifndef TSP_CLI_GRID_H
#define TSP_CLI_GRID_H

#include "base/buffer.h"

#define GRID_COLUMNS 32

struct grid_row {
	char *cells[GRID_COLUMNS]; /* NULL: empty */
};

struct grid {
	char *columns[GRID_COLUMNS];
	size_t column_count;
	struct grid_row *rows;
	size_t row_count;
	size_t row_capacity;
};

void grid_init(struct grid *grid);
void grid_clear(struct grid *grid);
int grid_add_row(struct grid *grid); /* TSP_ENOMEM */
/* Escapes text into the last row's cell of that column, which is added where it is new. TSP_ENOMEM,
 * TSP_ELIMIT. */
int grid_put(struct grid *grid, const char *column, tsp_text text);
/* Prints all rows, with the columns' names in capitals above them where heads is true. A column that
 * is empty everywhere is left out, and nothing trails a row. The rows are forgotten. */
int grid_print(struct grid *grid, struct buffer *into, int indent, bool heads);

#endif
