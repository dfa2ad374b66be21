/* SPDX-License-Identifier: MIT */
/* What comes from another system: checked, counted, and sent on its way, or read as its admin's word. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include "core/account.h"
#include "core/actors.h"
#include "core/convention.h"
#include "core/gate.h"
#include "core/meeting.h"
#include "core/member.h"
#include "core/placement.h"
#include "core/relay.h"
#include "core/route.h"
#include "wire/value.h"

static void put_by(struct admin *admin, struct member *member, uint64_t system)
{
	struct frame frame = { .kind = FRAME_ENVELOPE,
		.flags = FRAME_SYSTEM,
		.to = { system, 0 },
		.from = admin->address };
	tsp_value body;

	if (member == NULL || member->system == 0)
		return; /* it is gone, and what hung on it ends by that */
	if (tsp_builder_value(admin->builder, &body) < 0) {
		admin->ops->log(admin->io, LOG_LEVEL_ERROR,
			"a word to another system could not be encoded");
		return;
	}
	frame.body = body.data;
	frame.body_size = body.size;
	admin->counters.system_messages++;
	(void)member_post(admin, member, NULL, &frame);
}

void word_put(struct admin *admin, uint64_t system)
{
	put_by(admin, member_towards(admin, system), system);
}

static void build(struct admin *admin, enum system_word word, const char *format, va_list args)
{
	tsp_builder_reset(admin->builder);
	tsp_begin_typed(admin->builder, system_word_name(word));
	tsp_put_vformat(admin->builder, format, args);
	tsp_end(admin->builder);
}

void word_send(struct admin *admin, uint64_t system, enum system_word word, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	build(admin, word, format, args);
	va_end(args);
	word_put(admin, system);
}

void word_send_by(struct admin *admin, struct member *member, uint64_t system,
	enum system_word word, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	build(admin, word, format, args);
	va_end(args);
	put_by(admin, member, system);
}

/* A message that comes back, as the word has it. */
struct returned {
	struct frame frame;
	char reason[300];
	bool unknown;
};

static bool read_returned(tsp_value value, struct returned *ret)
{
	struct frame *frame = &ret->frame;
	tsp_text reason = { NULL, 0 };
	tsp_value body;

	memset(ret, 0, sizeof(*ret));
	frame->kind = FRAME_ENVELOPE;
	if (!tsp_value_address(tsp_value_get(value, "to"), &frame->to) ||
		!tsp_value_address(tsp_value_get(value, "from"), &frame->from))
		return false;
	(void)tsp_value_uint(tsp_value_get(value, "note"), &frame->sequence);
	(void)tsp_value_text(tsp_value_get(value, "reason"), &reason);
	(void)tsp_value_bool(tsp_value_get(value, "unknown"), &ret->unknown);
	if (frame->sequence != 0)
		frame->flags |= FRAME_NOTED;
	if (tsp_value_encoded(tsp_value_get(value, "message"), &body)) {
		frame->body = body.data;
		frame->body_size = body.size;
	} else {
		frame->flags |= FRAME_EMPTY;
	}
	snprintf(ret->reason, sizeof(ret->reason), "%.*s",
		(int)(reason.size < 280 ? reason.size : 280), reason.data != NULL ? reason.data : "");
	return true;
}

/* What one of our own has sent there came back: it ends here, as if it had never left. */
static void hear_returned(struct admin *admin, const struct word *word)
{
	struct returned returned;

	if (!read_returned(word->value, &returned) ||
		returned.frame.from.system != admin->config.system)
		return;
	if (admin->counters.to_systems > 0)
		admin->counters.to_systems--; /* it ends here after all */
	if (returned.unknown)
		frame_unknown(admin, &returned.frame, returned.reason);
	else
		frame_return(admin, &returned.frame, returned.reason);
}

bool word_lost(struct admin *admin, const struct frame *word)
{
	struct returned returned;
	tsp_value value;
	tsp_text type;

	if (!(word->flags & FRAME_SYSTEM) || word->to.number != 0 ||
		value_split((tsp_value){ word->body, word->body_size }, &type, &value) < 0)
		return false;
	if (!tsp_text_is(type, system_word_name(WORD_RETURNED)) ||
		!read_returned(value, &returned))
		return false;
	if (tsp_address_equal(word->from, admin->address) && admin->counters.to_systems > 0)
		admin->counters.to_systems--;
	else
		admin->counters.accepted++; /* it comes to rest here */
	frame_bury(admin, &returned.frame, returned.reason);
	return true;
}

static void (*const readers[WORD_COUNT])(struct admin *admin, const struct word *word) = {
	[WORD_REGISTER] = convention_hear_register,
	[WORD_DEREGISTER] = convention_hear_deregister,
	[WORD_PLACE] = placement_hear_order,
	[WORD_PLACED] = placement_hear_placed,
	[WORD_PLACE_FAILED] = placement_hear_failed,
	[WORD_PLACED_ENDED] = placement_hear_ended,
	[WORD_END_PLACED] = placement_hear_end,
	[WORD_RETURNED] = hear_returned,
	[WORD_FETCH] = placement_hear_fetch,
	[WORD_PACKAGE] = placement_hear_package,
	[WORD_LACKING] = placement_hear_lacking,
	[WORD_UNLOADED] = placement_hear_unloaded,
	[WORD_LOG] = convention_hear_log,
	[WORD_PLACE_AT] = placement_hear_place_at,
	[WORD_WHO] = meeting_hear_who,
	[WORD_COMES] = meeting_hear_comes,
	[WORD_AGREES] = meeting_hear_agrees,
	[WORD_WHO_IS] = meeting_hear_who_is,
	[WORD_EXPELLED] = meeting_hear_expelled,
};

static int hear_word(struct admin *admin, struct member *member, const struct frame *frame)
{
	struct word word = { .member = member, .system = frame->from.system };
	tsp_text type;
	int kind;

	if (value_split((tsp_value){ frame->body, frame->body_size }, &type, &word.value) < 0)
		return TSP_EPROTOCOL;
	kind = system_word_find(type);
	if (kind >= 0)
		readers[kind](admin, &word);
	return 0;
}

/* Who may be the sender of what comes by this line: who lives there. A leader is believed no more than others. */
static bool sender_is_true(
	const struct admin *admin, const struct member *member, const struct frame *frame)
{
	const struct actor *actor;
	tsp_address from = frame->from;

	if (from.system == member->system)
		return true;
	if (frame->flags & FRAME_FORWARDED && frame->to.number != 0 &&
		frame->to.system == member->system)
		return true; /* it lets its own have what came for them where they live */
	if (from.system != admin->config.system)
		return false;
	actor = actor_find(admin, from);
	return actor != NULL && actor->abroad != NULL && !actor->abroad->here &&
		actor->abroad->member == member;
}

/* One of ours that we have given up, while it lived elsewhere and has not heard of it yet. */
static bool sender_has_ended(const struct admin *admin, const struct frame *frame)
{
	return frame->from.system == admin->config.system && frame->from.number != 0 &&
		!address_is_of_caller(frame->from.number) && actor_find(admin, frame->from) == NULL;
}

/* What a system may tell the actors of another: how what they sent or created there has ended. */
static bool is_theirs_to_say(tsp_text type)
{
	static const enum system_notice theirs[] = { NOTICE_POISON, NOTICE_CHILD_EXITED,
		NOTICE_HANDLED, NOTICE_RESOLVED, NOTICE_REQUEST_FAILED, NOTICE_SYSTEM_STATUS,
		NOTICE_ACTOR_STATUS, NOTICE_LOADED, NOTICE_SOURCE_FAILED, NOTICE_UNLOADED,
		NOTICE_NAMES_REFUSED };

	for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
		if (tsp_text_is(type, system_notice_name(theirs[i])))
			return true;
	return tsp_text_is(type, SYSTEM_EXIT_REQUEST);
}

static bool is_permitted(struct admin *admin, const struct frame *frame)
{
	tsp_text type;
	tsp_value value;

	if (frame->flags & FRAME_EMPTY)
		return true;
	if (value_split((tsp_value){ frame->body, frame->body_size }, &type, &value) < 0)
		return false;
	if (frame->flags & FRAME_SYSTEM)
		return is_theirs_to_say(type) || frame->to.system != admin->config.system;
	return !system_is_reserved(type);
}

static void bury(struct admin *admin, const struct frame *frame)
{
	if (frame->flags & FRAME_SYSTEM)
		return;
	admin->counters.accepted++;
	frame_bury(admin, frame, "its sender had ended before it came");
}

static int hear_envelope(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct member *member = link->member;

	if (!sender_is_true(admin, member, frame)) {
		if (sender_has_ended(admin, frame)) {
			bury(admin, frame);
			return 0;
		}
		admin->counters.forged++;
		admin->ops->log(admin->io, LOG_LEVEL_WARNING,
			"an envelope of another system with a forged sender was refused");
		return 0;
	}
	if (tsp_address_equal(frame->to, admin->address))
		return frame->flags & FRAME_SYSTEM && frame->from.number == 0 ?
			hear_word(admin, member, frame) :
			gate_request(admin, link, frame);
	if (!(frame->flags & FRAME_SYSTEM))
		admin->counters.accepted++;
	if (!is_permitted(admin, frame)) {
		admin->counters.denied++;
		frame_refuse(admin, frame, TSP_EPERM,
			"only the system may send a message of this type");
		return 0;
	}
	return route_from_system(admin, link, frame);
}

int member_receive(struct admin *admin, struct link *link, const struct frame *frame)
{
	struct frame envelope = *frame;
	struct member *member = link->member;

	member->heard = admin->now;
	switch (frame->kind) {
	case FRAME_DONE:
		return member_acknowledged(admin, member, frame->sequence);
	case FRAME_PAUSE:
		member_pause(admin, member, frame->to);
		return 0;
	case FRAME_RESUME:
		member_go_on(admin, member, frame->to);
		return 0;
	case FRAME_RELAY:
	case FRAME_RELAY_END:
		relay_receive(admin, member, frame);
		return 0;
	default:
		break;
	}
	if (frame->kind != FRAME_ENVELOPE || frame->flags & FRAME_APART ||
		(frame->flags & FRAME_EMPTY ? frame->body_size != 0 :
					      tsp_value_check(frame->body, frame->body_size) < 0))
		return TSP_EPROTOCOL;
	if (frame->flags & FRAME_LOOSE && frame->flags & FRAME_SYSTEM)
		return TSP_EPROTOCOL;
	if (frame->flags & FRAME_LOOSE) {
		if (!sender_is_true(admin, member, frame))
			return 0; /* it may have come late, when its sender had gone */
	} else {
		if (member->doubled > 0) {
			member->doubled--;
			return 0;
		}
		member_count_in(admin, member, frame->body_size);
	}
	envelope.flags &= FRAME_SYSTEM | FRAME_NOTED | FRAME_EMPTY | FRAME_FORWARDED;
	return hear_envelope(admin, link, &envelope);
}
