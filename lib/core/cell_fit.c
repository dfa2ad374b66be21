/* SPDX-License-Identifier: MIT */
/* Whether a cell fits its system: by its class's check, else by what its creator required. */
#include "config.h"

#include <stdio.h>
#include "base/text.h"
#include "core/fit.h"
#include "core/traits.h"

static tsp_value required(const struct tsp_actor *cell)
{
	if (cell->extra == NULL || cell->extra->requirements == NULL)
		return (tsp_value){ NULL, 0 };
	return (tsp_value){ cell->extra->requirements, cell->extra->requirements_size };
}

bool cell_fits(struct tsp_actor *cell, char *ret_why, size_t size)
{
	struct stage *stage = cell->stage;
	tsp_value capabilities = { stage->capabilities, stage->capabilities_size };
	tsp_text missing = { "", 0 };
	bool fits;

	if (cell->class->check != NULL) {
		stage_begin_work(stage, cell, 0, NULL);
		fits = cell->class->check(capabilities, required(cell));
		stage_end_work(stage);
		if (!fits)
			snprintf(ret_why, size, "the check of class '%s' says no",
				cell->class->name);
		return fits;
	}
	fits = fit_requirements(capabilities, required(cell), &missing);
	if (!fits) {
		snprintf(ret_why, size, "capability '%.*s' is missing or differs here",
			(int)(missing.size < 160 ? missing.size : 160), missing.data);
		text_mend(ret_why);
	}
	return fits;
}

void stage_fit_anew(struct stage *stage)
{
	static const uint8_t empty_map[] = { 0xa0 };
	struct tsp_actor *cell;
	uint64_t key;
	size_t at = 0;
	char why[256];

	while ((cell = table_next(&stage->cells, &at, &key)) != NULL) {
		if (key != cell->number || cell->state != CELL_ALIVE)
			continue; /* stands there by its name, too; or is looked at when it is born */
		if (cell->class->check == NULL && required(cell).data == NULL)
			continue;
		if (cell_fits(cell, why, sizeof(why)))
			continue;
		stage_log(stage, cell, LOG_LEVEL_INFO, "class '%s' no longer fits its system: %s",
			cell->class->name, why);
		stage_notice(stage, cell, stage_address(stage, 0), SYSTEM_EXIT_REQUEST,
			(tsp_value){ empty_map, sizeof(empty_map) });
	}
}

tsp_value tsp_my_requirements(const tsp_actor *self)
{
	return required(self);
}

bool tsp_capability_check(const tsp_actor *self, tsp_value requirements)
{
	tsp_text missing;

	return fit_requirements(tsp_my_capabilities(self), requirements, &missing);
}
