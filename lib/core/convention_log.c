/* SPDX-License-Identifier: MIT */
/* Warnings and worse are written down by the leader, too: who looks there sees all of the convention. */
#include "config.h"
#include "core/convention.h"

#include "core/log_bucket.h"
#include "core/prospects.h"
#include "wire/log_record.h"

#define INTERVAL (CLOCK_SECOND / 10) /* of one record, to a leader or of a member */

void convention_log(struct admin *admin, const struct log_record *record)
{
	struct member *leader;
	struct frame frame = {
		.kind = FRAME_ENVELOPE, .flags = FRAME_SYSTEM, .from = admin->address
	};
	tsp_builder *b;
	tsp_value body;

	if (admin->convention == NULL || record->level < LOG_LEVEL_WARNING ||
		!log_bucket_take(&admin->convention->told, admin->now, INTERVAL))
		return;
	leader = convention_leader(admin); /* looks at all members: not for each of thousands that are lost */
	if (leader == NULL)
		return;
	b = tsp_builder_new(); /* the admin's own may hold what is being built */
	if (b == NULL)
		return;
	tsp_begin_typed(b, system_word_name(WORD_LOG));
	tsp_begin_map(b);
	tsp_put_key(b, "record");
	log_record_put(b, record);
	tsp_end(b);
	tsp_end(b);
	if (tsp_builder_value(b, &body) == 0) {
		frame.to = (tsp_address){ leader->system, 0 };
		frame.body = body.data;
		frame.body_size = body.size;
		(void)member_post(admin, leader, NULL, &frame);
	}
	tsp_builder_free(b);
}

void convention_hear_log(struct admin *admin, const struct word *word)
{
	unsigned places = LOG_PLACE_BOTH;
	struct log_record record;

	if (log_record_get(tsp_value_get(word->value, "record"), &record) < 0 ||
		record.level < LOG_LEVEL_WARNING ||
		!log_bucket_take(&admin->convention->heard, admin->now, INTERVAL))
		return;
	if (record.level < admin->levels.internal)
		places &= ~(unsigned)LOG_PLACE_INTERNAL;
	if (record.level < admin->levels.normal)
		places &= ~(unsigned)LOG_PLACE_NORMAL;
	record.wall_us = 0; /* by our clock */
	if (tsp_address_is_nobody(record.actor))
		record.actor = (tsp_address){ word->system, 0 };
	if (places != 0)
		admin->ops->log_record(admin->io, &record, places);
}
