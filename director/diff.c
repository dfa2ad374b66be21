/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "director/diff.h"

#include <stdlib.h>
#include <string.h>

struct line {
	const uint8_t *bytes;
	size_t size;
};

struct lines {
	struct line *items;
	size_t count;
};

static int split(const void *bytes, size_t size, struct lines *ret_lines)
{
	const uint8_t *at = bytes, *end = at + size;
	size_t count = 0;

	for (const uint8_t *next = at; next < end; count++) {
		const uint8_t *newline = memchr(next, '\n', (size_t)(end - next));

		next = newline ? newline + 1 : end;
	}
	ret_lines->items = calloc(count + 1, sizeof(*ret_lines->items));
	if (!ret_lines->items)
		return TSP_ENOMEM;
	for (ret_lines->count = 0; ret_lines->count < count; ret_lines->count++) {
		const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
		const uint8_t *next = newline ? newline + 1 : end;

		ret_lines->items[ret_lines->count] = (struct line){ at, (size_t)(next - at) };
		at = next;
	}
	return TSP_OK;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/*
 * The least number of lines removed and added, by Myers: furthest[k] is how far one gets in the first text
 * on the diagonal k with so many edits. Negative: more than the limit.
 */
static long edits(const struct line *a, long a_count, const struct line *b, long b_count,
	long limit, long *furthest)
{
	long *at = furthest + limit + 1;

	at[1] = 0;
	for (long d = 0; d <= limit; d++) {
		for (long k = -d; k <= d; k += 2) {
			bool down = k == -d || (k != d && at[k - 1] < at[k + 1]);
			long x = down ? at[k + 1] : at[k - 1] + 1;

			while (x < a_count && x - k < b_count && x - k >= 0 &&
				same(&a[x], &b[x - k]))
				x++;
			at[k] = x;
			if (x >= a_count && x - k >= b_count)
				return d;
		}
	}
	return -1;
}

int diff_lines(const void *before, size_t before_size, const void *after, size_t after_size,
	size_t *ret_added, size_t *ret_removed)
{
	struct lines a = { 0 }, b = { 0 };
	long *furthest = calloc(2 * DIFF_EDIT_LIMIT + 3, sizeof(*furthest));
	size_t start = 0, a_count, b_count;
	long distance;
	int rc = furthest ? split(before, before_size, &a) : TSP_ENOMEM;

	if (rc >= 0)
		rc = split(after, after_size, &b);
	if (rc < 0)
		goto out;
	a_count = a.count;
	b_count = b.count;
	while (start < a_count && start < b_count && same(&a.items[start], &b.items[start]))
		start++;
	while (a_count > start && b_count > start &&
		same(&a.items[a_count - 1], &b.items[b_count - 1])) {
		a_count--;
		b_count--;
	}
	a_count -= start;
	b_count -= start;
	distance = edits(a.items + start, (long)a_count, b.items + start, (long)b_count,
		DIFF_EDIT_LIMIT, furthest);
	/* added + removed is the distance, added - removed the difference in length */
	if (distance >= 0)
		*ret_added = ((size_t)distance + b_count - a_count) / 2;
	else
		*ret_added = b_count;
	*ret_removed = *ret_added + a_count - b_count;
out:
	free(a.items);
	free(b.items);
	free(furthest);
	return rc;
}

/* One file; either may be NULL. */
static int put_file(
	struct diff *diff, const struct archive_file *before, const struct archive_file *after)
{
	struct diff_file file = { .name = after ? after->name : before->name,
		.kind = !before ? DIFF_ADDED :
			!after	? DIFF_REMOVED :
				  DIFF_CHANGED };
	struct diff_file *grown;
	int rc;

	if (before && after && before->size == after->size &&
		before->executable == after->executable &&
		(after->size == 0 || !memcmp(before->bytes, after->bytes, after->size)))
		return TSP_OK;
	rc = diff_lines(before ? before->bytes : (const uint8_t *)"", before ? before->size : 0,
		after ? after->bytes : (const uint8_t *)"", after ? after->size : 0, &file.added,
		&file.removed);
	grown = rc < 0 ? NULL : realloc(diff->files, (diff->count + 1) * sizeof(*grown));
	if (!grown)
		return TSP_ENOMEM;
	diff->files = grown;
	grown[diff->count++] = file;
	return TSP_OK;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct diff_file *)a)->name, ((const struct diff_file *)b)->name);
}

int diff_archives(const struct archive *before, const struct archive *after, struct diff *ret_diff)
{
	struct diff diff = { 0 };
	int rc = TSP_OK;

	for (size_t i = 0; rc >= 0 && i < after->count; i++)
		rc = put_file(&diff, before ? archive_find(before, after->files[i].name) : NULL,
			&after->files[i]);
	for (size_t i = 0; rc >= 0 && before && i < before->count; i++)
		if (!archive_find(after, before->files[i].name))
			rc = put_file(&diff, &before->files[i], NULL);
	if (rc < 0) {
		diff_clear(&diff);
		return rc;
	}
	if (diff.count > 0)
		qsort(diff.files, diff.count, sizeof(*diff.files), compare);
	*ret_diff = diff;
	return TSP_OK;
}

void diff_clear(struct diff *diff)
{
	free(diff->files);
	*diff = (struct diff){ 0 };
}
