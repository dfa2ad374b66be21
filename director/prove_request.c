/* SPDX-License-Identifier: MIT */
/*
 * DirectorProve: what the system here runs, signed by its key, which stays here. Asked for by a caller of this system,
 * or by whom orders are taken from (orders.c); an actor is not to have the system sign. Each request has a status
 * of its own, so that the proof is younger than its nonce.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "director/actor.h"
#include "director/fields.h"
#include "director/proof.h"

#define PROVING_LIMIT 16

/* A request that waits for the status that was asked for it; the first one has the first answer. */
struct proving {
	struct list link;
	tsp_address asker;
	char nonce[PROOF_NONCE + 1];
};

static void drop(struct director *director, struct proving *proving)
{
	list_remove(&proving->link);
	director->proving_count--;
	free(proving);
}

int proving_judge(tsp_actor *self, tsp_address sender)
{
	struct asker *asker = asker_get(self, sender);
	tsp_error err = { 0 };
	bool outside;

	if (asker && !asker_known(asker))
		return TSP_DEFER;
	outside = asker && asker->outside;
	if (asker)
		asker_forget(tsp_state(self), asker);
	if (outside)
		return TSP_OK;
	if (asker)
		(void)tsp_fail(&err, TSP_EPERM, "a proof is made for a caller, not for an actor");
	else
		(void)tsp_fail(&err, TSP_EBACKLOG, "too many wait already");
	answer_error(self, sender, &err, NULL);
	return ORDER_ANSWERED;
}

static int begin(tsp_actor *self, tsp_text nonce, tsp_address asker, tsp_error *err)
{
	struct director *director = tsp_state(self);
	struct proving *proving;
	int rc;

	if (!proof_nonce_ok(nonce))
		return tsp_fail(err, TSP_EVALUE, "cannot prove it: a nonce of 1 to %d bytes of UTF-8 is expected",
			PROOF_NONCE);
	if (director->proving_count >= PROVING_LIMIT)
		return tsp_fail(err, TSP_EBACKLOG, "cannot prove it: %d wait for a proof already", PROVING_LIMIT);
	proving = calloc(1, sizeof(*proving));
	if (!proving)
		return tsp_fail(err, TSP_ENOMEM, "out of memory");
	rc = tsp_request_status(self, tsp_my_system(self));
	if (rc < 0) {
		free(proving);
		return tsp_fail(err, rc, "cannot ask the system: %s", tsp_error_sentence(rc));
	}
	proving->asker = asker;
	memcpy(proving->nonce, nonce.data, nonce.size);
	list_append(&director->provings, &proving->link);
	director->proving_count++;
	return TSP_OK;
}

void proving_request(tsp_actor *self, const tsp_message *message, tsp_address sender)
{
	tsp_error err = { 0 };

	if (begin(self, tsp_get_text(message, "nonce"), sender, &err) < 0)
		answer_error(self, sender, &err, NULL);
}

static tsp_builder *answer_of(const struct proof_signed *made)
{
	tsp_builder *answer = tsp_builder_new();

	if (!answer)
		return NULL;
	tsp_begin_map(answer);
	tsp_put_key(answer, "code");
	tsp_put_int(answer, 0);
	tsp_put_key(answer, "document");
	tsp_put_string(answer, made->text);
	tsp_put_key(answer, "signature");
	tsp_put_string(answer, made->lines);
	tsp_put_key(answer, "key_id");
	tsp_put_bytes(answer, made->key.id, sizeof(made->key.id));
	tsp_put_key(answer, "key");
	tsp_put_bytes(answer, made->key.key, sizeof(made->key.key));
	tsp_end(answer);
	return answer;
}

static void answer(tsp_actor *self, const tsp_message *status, const struct proving *proving)
{
	const struct director *director = tsp_state(self);
	struct proof proof = { .system = status, .nonce = proving->nonce };
	struct proof_signed made = { 0 };
	tsp_builder *list = tsp_builder_new();
	tsp_error err = { 0 };
	tsp_value value;
	int rc = TSP_ENOMEM;

	if (list) {
		tsp_begin_map(list);
		put_groups(self, list, (tsp_text){ 0 });
		tsp_end(list);
		rc = tsp_builder_value(list, &value);
	}
	if (rc < 0) {
		(void)tsp_fail(&err, rc, "%s", tsp_error_sentence(rc));
	} else {
		proof.groups = tsp_value_get(value, "groups");
		rc = proof_make(&proof, director->folder, &made, &err);
	}
	if (rc >= 0)
		inventory_send(self, proving->asker, "DirectorAnswer", answer_of(&made));
	else
		answer_error(self, proving->asker, &err, NULL);
	proof_signed_clear(&made);
	tsp_builder_free(list);
}

void proving_status(tsp_actor *self, const tsp_message *status)
{
	struct director *director = tsp_state(self);
	struct proving *first;

	if (list_empty(&director->provings) ||
		!tsp_address_equal(tsp_message_sender(status), tsp_my_system(self)))
		return;
	first = list_item(director->provings.next, struct proving, link);
	answer(self, status, first);
	drop(director, first);
}

void provings_clear(struct director *director)
{
	while (!list_empty(&director->provings))
		drop(director, list_item(director->provings.next, struct proving, link));
}
