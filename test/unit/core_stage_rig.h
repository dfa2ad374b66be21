/* SPDX-License-Identifier: MIT */
/* The world of a stage under test: a clock, an admin that notes what it hears, classes that tell. */
#ifndef TEST_UNIT_CORE_STAGE_RIG_H
#define TEST_UNIT_CORE_STAGE_RIG_H

#include <stdatomic.h>
#include "core/stage.h"
#include "wire/frame.h"

#define SYSTEM	  77
#define LEASE	  9
#define RIG_LIMIT 20000

struct sent {
	size_t at; /* place in the stream */
	char type[64];
	tsp_address to;
	tsp_address from;
	uint64_t note;
	uint8_t flags;
	tsp_value value;
};

struct ended {
	size_t at;
	uint64_t sequence;
	enum done_kind kind;
	int code;
	char text[128];
};

struct rig {
	struct stage *stage;
	struct page page;
	clock_ns now;
	struct buffer out; /* all that the stage has written */
	struct sent sent[RIG_LIMIT];
	size_t count;
	struct ended ended[RIG_LIMIT];
	size_t ended_count;
	char trace[4096];
	int inits;
	int finis;
	int flushes;
	atomic_int wakes; /* by actors' own threads */
	int writes;
	int watches;
	uint64_t watched_by;
	uint64_t seen_in_work;
	int64_t seen_since;
	uint64_t seen_actor;
	const tsp_class *const *more; /* classes of the test's own */
	int (*script)(tsp_actor *self, const tsp_message *message);
	tsp_address child;
	int result;
	bool flush;
};

extern const struct stage_ops rig_ops;
extern struct rig *rig_now; /* the one whose classes run */

int rig_open(void **state);	   /* greeted, own host */
int rig_open_shared(void **state); /* greeted, shared host */
int rig_open_writing(void **state); /* as rig_open, and large messages are written away */
int rig_close(void **state);
void rig_trace(const char *word);
void rig_create(struct rig *rig, uint64_t number, const char *class_name, uint64_t sequence);
/* A message from another host's actor 99. */
void rig_send(struct rig *rig, uint64_t number, uint64_t sequence, const char *type,
	const char *format, ...);
/* As rig_send, from another. */
void rig_send_from(struct rig *rig, uint64_t from, uint64_t number, uint64_t sequence,
	const char *type, const char *format, ...);
/* From the system, as the admin relays what another actor says with its leave. */
void rig_relay(struct rig *rig, uint64_t from, uint64_t number, uint64_t sequence,
	const char *type, const char *format, ...);
void rig_pass_ms(struct rig *rig, int64_t ms); /* and lets happen what is due */
void rig_system(struct rig *rig, uint64_t number, uint64_t sequence, const char *type,
	const char *format, ...);
void rig_frame(struct rig *rig, enum frame_kind kind, uint64_t number);
void rig_run(struct rig *rig);	   /* until nothing is left to do */
void rig_collect(struct rig *rig); /* reads what the stage wrote, anew from the beginning */
struct sent *rig_sent(struct rig *rig, const char *type); /* the last of the type; NULL: none */
size_t rig_sent_count(struct rig *rig, const char *type);
struct ended *rig_done(struct rig *rig, uint64_t sequence); /* the last word on it; NULL: none */
void rig_assert_done(struct rig *rig, uint64_t sequence, enum done_kind kind);
const char *rig_text(const struct sent *sent, const char *key); /* in a static buffer */
uint64_t rig_uint(const struct sent *sent, const char *key);
bool rig_bool(const struct sent *sent, const char *key);
/* Of the children that the last EndChildren names, one; 0: there are no more. */
uint64_t rig_ended_child(struct rig *rig, size_t index);
/* Lets an actor of class Script run this. */
void rig_script(struct rig *rig, uint64_t number, uint64_t sequence,
	int (*script)(tsp_actor *, const tsp_message *));

#define RIG_TEST(test)	      cmocka_unit_test_setup_teardown(test, rig_open, rig_close)
#define RIG_TEST_SHARED(test) cmocka_unit_test_setup_teardown(test, rig_open_shared, rig_close)

#endif
