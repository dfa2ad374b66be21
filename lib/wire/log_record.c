/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/log_record.h"

enum part {
	PART_LEVEL,
	PART_WALL,
	PART_ACTOR,
	PART_CLASS,
	PART_PID,
	PART_LOGGER,
	PART_TEXT,
	PARTS
};

void log_record_put(tsp_builder *builder, const struct log_record *record)
{
	tsp_begin_list(builder);
	tsp_put_int(builder, record->level);
	tsp_put_int(builder, record->wall_us);
	if (tsp_address_is_nobody(record->actor))
		tsp_put_null(builder);
	else
		tsp_put_address(builder, record->actor);
	tsp_put_text(builder, record->class_name);
	tsp_put_int(builder, record->pid);
	tsp_put_text(builder, record->logger);
	tsp_put_text(builder, record->text);
	tsp_end(builder);
}

int log_record_get(tsp_value value, struct log_record *ret_record)
{
	struct log_record record = { 0 };
	int64_t level, pid;

	if (tsp_value_kind(value) != TSP_KIND_LIST || tsp_value_count(value) != PARTS ||
		!tsp_value_int(tsp_value_at(value, PART_LEVEL), &level) ||
		level < LOG_LEVEL_DEBUG || level > LOG_LEVEL_CRITICAL ||
		!tsp_value_int(tsp_value_at(value, PART_WALL), &record.wall_us) ||
		!tsp_value_int(tsp_value_at(value, PART_PID), &pid) ||
		!tsp_value_text(tsp_value_at(value, PART_TEXT), &record.text))
		return TSP_EPROTOCOL;
	record.level = (enum log_level)level;
	record.pid = (int)pid;
	/* what is null stays nobody, and absent */
	(void)tsp_value_address(tsp_value_at(value, PART_ACTOR), &record.actor);
	(void)tsp_value_text(tsp_value_at(value, PART_CLASS), &record.class_name);
	(void)tsp_value_text(tsp_value_at(value, PART_LOGGER), &record.logger);
	*ret_record = record;
	return TSP_OK;
}
