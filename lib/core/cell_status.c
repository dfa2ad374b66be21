/* SPDX-License-Identifier: MIT */
/* What a cell says of itself. */
#include "config.h"

#include "core/cell.h"

static void put_optional(tsp_builder *builder, const char *key, const char *text)
{
	tsp_put_key(builder, key);
	if (text != NULL)
		tsp_put_string(builder, text);
	else
		tsp_put_null(builder);
}

static void put_children(tsp_builder *builder, const struct tsp_actor *cell)
{
	uint64_t child;
	size_t at = 0;

	tsp_put_key(builder, "childActors");
	tsp_begin_list(builder);
	while (table_next(&cell->children, &at, &child) != NULL)
		tsp_put_address(builder, stage_address(cell->stage, child));
	tsp_end(builder);
}

static void put_counters(tsp_builder *builder, const struct tsp_actor *cell)
{
	tsp_put_key(builder, "counters");
	tsp_put_format(builder, "{s:u, s:u, s:u, s:u, s:u, s:u, s:u, s:u}", "handled", cell->handled,
		"sent", cell->sent, "retried", (uint64_t)cell->retried, "failed",
		(uint64_t)cell->failed, "ignored", (uint64_t)cell->ignored, "refused",
		(uint64_t)cell->refused, "suppressed", (uint64_t)cell->suppressed, "waiting", (uint64_t)cell->waiting);
}

void cell_answer_status(struct tsp_actor *cell, tsp_address asker)
{
	struct stage *stage = cell->stage;
	tsp_builder *b = stage_builder(stage);

	if (b == NULL)
		return;
	tsp_begin_map(b);
	tsp_put_key(b, "actorAddress");
	tsp_put_address(b, cell_address(cell));
	tsp_put_key(b, "adminAddress");
	tsp_put_address(b, stage_address(stage, 0));
	tsp_put_key(b, "parentAddress");
	tsp_put_address(b, cell->parent);
	put_optional(b, "actorClass", cell->class->name);
	put_optional(b, "sourceHash", cell->origin->source);
	put_optional(b, "module", cell->origin->module);
	put_optional(b, "globalName", cell->extra != NULL ? cell->extra->name : NULL);
	put_optional(b, "role", cell->extra != NULL ? cell->extra->role : NULL);
	tsp_put_key(b, "exiting");
	tsp_put_bool(b, cell->state == CELL_EXITING);
	tsp_put_key(b, "pendingWakeups");
	tsp_put_uint(b, cell->wakeups);
	put_children(b, cell);
	put_counters(b, cell);
	tsp_end(b);
	(void)stage_post_built(stage, cell, asker, system_notice_name(NOTICE_ACTOR_STATUS), true);
}
