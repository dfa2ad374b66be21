/* SPDX-License-Identifier: MIT */
/*
 * Another system, as the admin knows it: its key, the link to it while there is one, and what goes between
 * the two. Envelopes are numbered by counting from the beginning of the pair's membership, kept until the
 * other side has them, and sent again on the next link from there (messages.md, "Between systems").
 */
#ifndef TSP_CORE_MEMBER_H
#define TSP_CORE_MEMBER_H

#include "core/parts.h"

#define MEMBER_WINDOW_MESSAGES 16384 /* sent and not yet known to be there */
#define MEMBER_WINDOW_BYTES    ((size_t)32 * 1024 * 1024)
#define MEMBER_LOOSE_BYTES     ((size_t)65000) /* of a message where links are datagrams */

struct member {
	struct list link; /* admin->members */
	bool keyed;	  /* key is there: of one that a leader is asked about it is not yet */
	uint8_t key[SYSTEM_KEY];
	uint64_t system;    /* 0: it has gone, or was never here */
	struct link *line;  /* NULL: there is none now */
	uint64_t line_dial; /* by which we have dialled it; 0: it has dialled us */
	bool registered;    /* it has told us its capabilities: notified, and creations may go there */
	bool told;	    /* we have told it ours since the line is there */
	bool leads;	    /* it is a leader of ours, by configuration or by its invitation */
	bool suspected;
	int rank;	    /* among the leaders that are configured; -1: none of them */
	char *address;	    /* where it says that it can be dialled; NULL: nowhere */
	char *from;	    /* IP address that it has dialled us from; NULL: it has not */
	char *seen_as;	    /* IP address that it says we have dialled it from */
	uint8_t *capabilities;
	size_t capabilities_size;
	uint64_t actors;     /* as it said last, and as we have sent there since */
	uint32_t membership; /* of the pair; outlives its systems */
	uint64_t sent_number; /* of the last envelope that went out */
	uint64_t received;   /* envelopes that came in, */
	uint64_t acknowledged; /* and of these told to be there */
	size_t unacknowledged_bytes; /* of the others */
	uint64_t doubled;      /* that will come again on this line, since they came while it was made */
	struct list sent;    /* parcels that may have to go again */
	size_t sent_count;
	size_t sent_bytes;
	struct mailbox queue; /* what waits for a line or for room */
	struct table spared;  /* keys of targets that it is asked to spare -> struct spared */
	struct list guests;    /* struct abroad: born there, living here */
	struct list emigrants; /* born here, living there */
	bool introduced; /* by a leader: another member of the convention, and none of ours */
	bool relayed;	 /* its line goes by a leader */
	bool unmet;	 /* there was no line since it is known under this id */
	uint8_t meeting; /* enum meeting_state (meeting.h) */
	uint64_t dial;	 /* that is under way for the meeting */
	clock_ns meet_at;
	struct list meetings; /* convention->meetings, while a line is being made */
	clock_ns used;	      /* when an envelope went or came last */
	clock_ns heard;
	clock_ns flowed;      /* when a part of something came last; member_sign is the later of the two */
	clock_ns round_trip;
	clock_ns since;	       /* it is registered */
	int64_t clock_difference_ms;
};

struct member *member_by_system(const struct admin *admin, uint64_t system);
struct member *member_of_key(const struct admin *admin, const uint8_t key[SYSTEM_KEY]);
/* The system of that id, which is met by means of a leader if it is not known yet; NULL: there is no way. */
struct member *member_towards(struct admin *admin, uint64_t system);
/* One more, without a key. NULL: no memory, or too many. */
struct member *member_new(struct admin *admin);
/* It gets that key, which no other has. TSP_ENOMEM. */
int member_set_key(struct admin *admin, struct member *member, const uint8_t key[SYSTEM_KEY]);
void member_free(struct admin *admin, struct member *member);
/* It is over: what went between the two ends, whoever watches is told. quiet: it has said so itself. */
void member_gone(struct admin *admin, struct member *member, const char *why);
/* Its line has ended, and is freed. */
void member_line_ended(struct admin *admin, struct link *line);
/* All that waits for news of a silent system; when to look again. */
clock_ns members_tick(struct admin *admin);
void members_clear(struct admin *admin);

/* ---- member_queue.c ---- */

/* Takes a message for another system. sender: who is asked to spare its target where too much waits; NULL: the
 * system itself, which is never refused. TSP_EPROTOCOL: the sender ignores that. */
int member_post(struct admin *admin, struct member *member, struct link *sender,
	const struct frame *frame);
/* The other side asks to spare that target, or no more. */
void member_pause(struct admin *admin, struct member *member, tsp_address target);
void member_go_on(struct admin *admin, struct member *member, tsp_address target);
/* At the end of the admin: without any outcome. */
void spared_clear(struct member *member);
/* Its line is a new one, which has asked for nothing yet. */
void member_go_on_with_all(struct admin *admin, struct member *member);
/* One that waited for an actor, which lives there. */
void member_post_parcel(struct admin *admin, struct member *member, struct parcel *parcel);
/* Sends what waits, as far as there are a line and room. */
void member_drain(struct admin *admin, struct member *member);
/* The other side has so many. TSP_EPROTOCOL: it cannot. */
int member_acknowledged(struct admin *admin, struct member *member, uint64_t number);
/* An envelope of the other side has come in. */
void member_count_in(struct admin *admin, struct member *member, size_t size);
/* Tells the other side what we have, if it does not know. */
void member_acknowledge(struct admin *admin, struct member *member);
/* A new line: what the other side lacks goes out again. TSP_EPROTOCOL: it has what was never sent. */
int member_resume(struct admin *admin, struct member *member, uint64_t received);
/* Everything that has not arrived goes back, and numbers begin anew. */
void member_give_up(struct admin *admin, struct member *member, const char *reason);
/* As frame_return, for what another system's actors have sent. False: that system is out of reach. */
bool member_give_back(
	struct admin *admin, const struct frame *frame, const char *reason, int code, bool unknown);

/* ---- words.c ---- */

/* What the admin of another system has to say to ours. */
struct word {
	struct member *member; /* by whom it came */
	uint64_t system;       /* who says it; another than the member's where that is a leader */
	tsp_value value;
};

/* When something of it came last, a part of a frame too. */
clock_ns member_sign(const struct member *member);
/* One frame of another system. A failure ends the link. */
int member_receive(struct admin *admin, struct link *link, const struct frame *frame);
/* To the system of an address. The value is given as for tsp_put_format. */
void word_send(struct admin *admin, uint64_t system, enum system_word word, const char *format, ...);
/* By a certain member: news of an actor go the way on which it was sent out. */
void word_send_by(struct admin *admin, struct member *member, uint64_t system,
	enum system_word word, const char *format, ...);
/* It will not get there: a message that it brings back is a dead letter of ours. False: it brings none. */
bool word_lost(struct admin *admin, const struct frame *word);
/* With what was put into the admin's builder. */
void word_put(struct admin *admin, uint64_t system);

#endif
