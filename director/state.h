/* SPDX-License-Identifier: MIT */
/*
 * DIR/state/GROUP.json: what is active, what was before, the newest version ever accepted (the
 * mark), held by a rollback or not. A file that cannot be read is an error, never a fresh start:
 * the mark is what stands between a group and its older versions.
 */
#ifndef TSP_DIRECTOR_STATE_H
#define TSP_DIRECTOR_STATE_H

#include "source/package.h"

#define STATE_HISTORY_LIMIT 100 /* older activations are forgotten */
#define STATE_DEVELOPMENT   "development" /* an event; of several in a row the last is kept */

struct state_entry {
	char hash[PACKAGE_HASH_TEXT];
	char version[65];
};

struct state_entries {
	struct state_entry *items;
	size_t count;
};

/* What happened to the group, for people. */
struct state_event {
	int64_t time; /* seconds since 1970 */
	char what[16]; /* "loaded" "downgraded" "rolled back" "inactive" "confirmed" STATE_DEVELOPMENT */
	struct state_entry entry;
	char why[160]; /* "": somebody asked for it */
};

struct state_events {
	struct state_event *items; /* the latest last */
	size_t count;
};

struct state {
	char group[65];
	bool exists;			/* there was a file */
	bool held;			/* by a rollback: refresh leaves the group alone */
	char active[PACKAGE_HASH_TEXT]; /* "": inactive */
	struct state_entry mark;	/* hash "": nothing accepted yet */
	struct state_entries history; /* activations, the latest last; the last one is the active */
	struct state_events events;
	int64_t confirm_by; /* ms since 1970: then the active version gives way again; 0: it stays */
};

/* A group without a file gives an empty state. TSP_EVALUE, TSP_EIO. */
int state_read(const char *folder, const char *group, struct state *ret_state, tsp_error *err);
/* Old or new, never between. */
int state_write(const char *folder, const struct state *state, tsp_error *err);
void state_clear(struct state *state);
int state_copy(const struct state *from, struct state *ret_state);
/* Groups that have a file, sorted; free each and the list. */
int state_groups(const char *folder, char ***ret_groups, size_t *ret_count, tsp_error *err);

/* Makes hash the active one: appended to the history, or, back being true, the history cut behind
 * its last occurrence (appended where it has none). TSP_ENOMEM. */
int state_activate(struct state *state, const char *hash, const char *version, bool back);
/* No version is active; the history loses its last entry. */
void state_deactivate(struct state *state);
/* Entry before the active one; NULL: none. */
const struct state_entry *state_before(const struct state *state);
/* Whether it is among the `limit` latest activated versions, each counted once; of the active one and its
 * predecessor this is always so. */
bool state_is_recent(const struct state *state, const char *hash, int64_t limit);
/* Raises the mark where version is newer. */
void state_raise(struct state *state, const char *hash, const char *version);

/* Appends an event of this moment about the active version (what it is: as above), or puts it in the place of
 * the last where both are STATE_DEVELOPMENT; the oldest goes past STATE_HISTORY_LIMIT. why may be NULL. TSP_ENOMEM. */
int state_note(struct state *state, const char *what, const char *why);

int state_entries_add(
	struct state_entries *entries, const char *hash, const char *version, size_t limit);
const struct state_entry *state_entries_find(const struct state_entries *entries, const char *hash);

#endif
