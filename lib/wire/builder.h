/* SPDX-License-Identifier: MIT */
/* A tsp_builder from inside: for those that keep one in a struct of theirs. */
#ifndef TSP_WIRE_BUILDER_H
#define TSP_WIRE_BUILDER_H

#include "wire/value.h"

struct builder_level {
	size_t start;	 /* where the head stands; one byte until the end of the container */
	size_t key;	 /* map: where the last key stands, */
	size_t key_size; /* 0 if there is none yet */
	uint64_t count;	 /* items begun; in a map pairs */
	uint8_t kind;
	bool key_waits; /* map: a key was put, its value was not */
	bool unsorted;	/* map: keys came in another order than they are to stand in */
};

struct tsp_builder {
	uint8_t *data;
	size_t size;
	size_t capacity;
	size_t limit;
	void *scratch; /* maps are sorted in it */
	size_t scratch_size;
	int error; /* the first; sticks */
	int depth;
	bool done; /* the one value was begun */
	struct builder_level levels[TSP_DEPTH_LIMIT];
};

void builder_init(tsp_builder *builder);  /* takes no memory; limit VALUE_SIZE_LIMIT */
void builder_clear(tsp_builder *builder); /* frees; as after builder_init */
/* Resets, and sets what a value may take: wrappers may be bigger than what they wrap. */
void builder_set_limit(tsp_builder *builder, size_t limit);
void builder_fail(tsp_builder *builder, int code);
/* As tsp_put_key and tsp_begin_typed, with texts. */
void builder_put_key(tsp_builder *builder, tsp_text key);
void builder_begin_typed(tsp_builder *builder, tsp_text type);
/* Whether the next thing put must be a key. */
bool builder_wants_key(const tsp_builder *builder);
/* What tsp_end would end: '{', '[' or '<' (typed), 0 if nothing is open. */
char builder_open_kind(const tsp_builder *builder);

/* Whether bytes hold one value nested at most depth deep. */
bool value_fits(const void *bytes, size_t size, int depth);

#endif
