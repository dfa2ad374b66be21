/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "core/relay.h"

#include "core/meeting.h"

/* The one who is meant is not reachable by us. */
static void refuse(struct admin *admin, const struct member *member, const struct frame *frame)
{
	struct frame end = { .kind = FRAME_RELAY_END,
		.to = { member->system, frame->to.number },
		.from = { frame->to.system, frame->from.number == 1 ? 2 : 1 } };

	if (frame->kind == FRAME_RELAY && member->line != NULL)
		admin->ops->send(admin->io, member->line->peer, &end);
}

/* As it comes, but from whom it comes: that the member is not believed about. */
static void pass_on(struct admin *admin, const struct member *member, const struct frame *frame)
{
	const struct member *to = member_by_system(admin, frame->to.system);
	struct frame piece = *frame;

	if (to == NULL || to == member || !to->registered || to->line == NULL ||
		!member->registered ||
		admin->ops->unsent(admin->io, to->line->peer) > RELAY_UNSENT) {
		refuse(admin, member, frame);
		return;
	}
	piece.from.system = member->system;
	piece.memory = NULL;
	admin->ops->send(admin->io, to->line->peer, &piece);
}

void relay_receive(struct admin *admin, struct member *member, const struct frame *frame)
{
	if (frame->body_size > RELAY_PIECE || frame->flags != 0)
		return;
	if (frame->to.system != admin->config.system)
		pass_on(admin, member, frame);
	else if ((member->leads || member->rank >= 0) && admin->ops->relayed != NULL)
		admin->ops->relayed(admin->io, member->system, frame);
}

void relays_end(struct admin *admin, const struct member *member)
{
	if (member->line != NULL && (member->leads || member->rank >= 0) &&
		admin->ops->relays_ended != NULL)
		admin->ops->relays_ended(admin->io, member->system);
}

bool admin_relay(struct admin *admin, uint64_t via, const struct frame *frame)
{
	const struct member *leader = member_by_system(admin, via);

	if (leader == NULL || leader->line == NULL)
		return false;
	admin->ops->send(admin->io, leader->line->peer, frame);
	return true;
}

bool admin_admits(const struct admin *admin, const uint8_t key[SYSTEM_KEY])
{
	const struct member *member = member_of_key(admin, key);

	return member != NULL && member->introduced;
}
