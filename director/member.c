/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "director/actor.h"

int member_tell(tsp_actor *self, const struct member *member, tsp_value message, bool noted)
{
	tsp_value value = message;
	tsp_text type;
	char *name = NULL;
	int rc;

	if (tsp_value_typed(message, &type, &value)) {
		name = tsp_text_copy(type);
		if (!name)
			return TSP_ENOMEM;
	}
	rc = noted ? tsp_send_noted(self, member->id, member->address, name, value) :
		     tsp_send(self, member->address, name, value);
	free(name);
	return rc;
}

void member_send(tsp_actor *self, struct member *member, tsp_value message)
{
	if (tsp_value_kind(message) == TSP_KIND_ABSENT || tsp_value_kind(message) == TSP_KIND_NULL)
		return;
	if (member_tell(self, member, message, false) < 0)
		tsp_log(self, "warning", "a message of the group file did not reach %s",
			member->class_name);
}

void member_exit(tsp_actor *self, struct member *member)
{
	tsp_builder *empty = tsp_builder_new();
	tsp_value value;

	member->state = MEMBER_ENDING;
	if (!empty)
		return;
	tsp_begin_map(empty);
	tsp_end(empty);
	if (tsp_builder_value(empty, &value) >= 0)
		(void)tsp_send(self, member->address, "ActorExitRequest",
			value); /* dead already: as good */
	tsp_builder_free(empty);
}

static int send_on_load(tsp_actor *self, struct member *member)
{
	const struct group_actor *rule = release_rule(member->release, member->class_name);
	tsp_value message = { 0 };

	if (rule && tsp_value_kind(rule->on_load) != TSP_KIND_NULL)
		message = rule->on_load;
	return member_tell(self, member, message, true);
}

int member_start(tsp_actor *self, struct member *member)
{
	struct director *director = tsp_state(self);
	char *role = member_role_text(member);
	tsp_create_options options = { .source = member->release->hash, .role = role };

	if (!role)
		return TSP_ENOMEM;
	member->id = ++director->next_id; /* what an earlier life still sends is not mistaken */
	member->address = tsp_create(self, member->class_name, &options);
	free(role);
	if (tsp_address_is_nobody(member->address))
		return TSP_ESTART;
	member->state = MEMBER_STARTING;
	member->started_ms = (int64_t)time(NULL) * 1000;
	return send_on_load(self, member);
}
