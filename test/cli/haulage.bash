# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of large messages, after `load common`: actors that send and look at them.
# shellcheck disable=SC2154 # common sets them

# haulage_module: modules/haulage.so. Hauler makes a Dock (or takes `dock`), sends it `count` messages of `size` bytes,
# `window` of them before the first has landed (1), each followed by a small one, and says how many came whole; Dock
# looks at each byte and at the order. As "Doom" they end Dock's process: the Hauler looks at what came back as poison.
haulage_module() {
	cat > haulage.c <<-'END'
	#include <signal.h>
	#include <stdlib.h>
	#include <thespian.h>
	#include <unistd.h>

	struct haul {
		tsp_address customer, dock;
		int64_t size, count, sent, landed, whole;
		const char *type;
		char *bytes;
	};

	static char byte_of(int64_t number, int64_t at)
	{
		return (char)(at * 31 + (at >> 12) + number);
	}

	static bool is_whole(tsp_text bytes, int64_t number)
	{
		for (size_t i = 0; i < bytes.size; i++)
			if (bytes.data[i] != byte_of(number, (int64_t)i))
				return false;
		return true;
	}

	static int send_next(tsp_actor *self, struct haul *haul)
	{
		int rc;

		for (int64_t i = 0; i < haul->size; i++)
			haul->bytes[i] = byte_of(haul->sent, i);
		rc = tsp_sendf(self, haul->dock, haul->type, "{s:I, s:B}", "n", haul->sent, "bytes",
			haul->bytes, (size_t)haul->size);
		haul->sent++;
		return rc < 0 ? rc : tsp_sendf(self, haul->dock, "Small", "I", haul->sent);
	}

	static int on_haul(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct haul *haul = tsp_state(self);
		int64_t window = tsp_get_int(message, "window", 1);
		int rc = TSP_OK;

		haul->customer = sender;
		if (!tsp_address_is_nobody(tsp_get_address(message, "dock")))
			haul->dock = tsp_get_address(message, "dock");
		if (tsp_address_is_nobody(haul->dock))
			haul->dock = tsp_create(self, "Dock", NULL);
		haul->size = tsp_get_int(message, "size", 1);
		haul->count = tsp_get_int(message, "count", 1);
		haul->type = tsp_get_bool(message, "doom", false) ? "Doom" : "Cargo";
		haul->sent = haul->landed = haul->whole = 0;
		free(haul->bytes);
		haul->bytes = malloc((size_t)haul->size);
		while (rc >= 0 && haul->sent < haul->count && haul->sent < window)
			rc = send_next(self, haul);
		return rc;
	}

	static int on_landed(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct haul *haul = tsp_state(self);

		(void)sender;
		haul->whole += tsp_get_bool(message, "whole", false);
		if (++haul->landed == haul->count)
			return tsp_sendf(self, haul->customer, NULL, "{s:I, s:I}", "whole", haul->whole, "pid",
				tsp_get_int(message, "pid", 0));
		return haul->sent < haul->count ? send_next(self, haul) : TSP_OK;
	}

	static int on_poison(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct haul *haul = tsp_state(self);
		tsp_text type, bytes;
		tsp_value inner, value;

		(void)sender;
		if (!tsp_value_encoded(tsp_get(message, "poisonMessage"), &inner) ||
			!tsp_value_typed(inner, &type, &value) || !tsp_text_is(type, "Doom") ||
			!tsp_value_bytes(tsp_value_get(value, "bytes"), &bytes))
			return tsp_sendf(self, haul->customer, NULL, "s", "another poison");
		return tsp_sendf(self, haul->customer, NULL, "s",
			bytes.size == (size_t)haul->size && is_whole(bytes, 0) ? "whole" : "torn");
	}

	static const tsp_handler hauler_handlers[] = { { "Haul", on_haul }, { "Landed", on_landed },
		{ "PoisonMessage", on_poison }, { 0 } };
	static const tsp_class hauler = {
		.name = "Hauler", .state_size = sizeof(struct haul), .handlers = hauler_handlers
	};

	struct dock {
		int64_t next;
		bool good;
	};

	static int on_cargo(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct dock *dock = tsp_state(self);
		tsp_text bytes = { NULL, 0 };

		(void)sender;
		dock->next = tsp_get_int(message, "n", -1);
		dock->good = tsp_value_bytes(tsp_get(message, "bytes"), &bytes) && is_whole(bytes, dock->next);
		return TSP_OK;
	}

	/* The small one comes behind its large one. */
	static int on_small(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct dock *dock = tsp_state(self);
		int64_t n = 0;
		bool good = tsp_value_int(tsp_message_value(message), &n) && n == dock->next + 1 && dock->good;

		dock->good = false;
		return tsp_sendf(self, sender, "Landed", "{s:b, s:i}", "whole", (int)good, "pid", (int)getpid());
	}

	static int on_doom(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		raise(SIGKILL);
		return TSP_OK;
	}

	static int on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "i", (int)getpid());
	}

	static const tsp_handler dock_handlers[] = { { "Cargo", on_cargo }, { "Small", on_small },
		{ "Doom", on_doom }, { "Pid", on_pid }, { 0 } };
	static const tsp_class dock = {
		.name = "Dock", .state_size = sizeof(struct dock), .handlers = dock_handlers
	};
	TSP_EXPORT(&hauler, &dock)
	END
	mkdir modules
	compile_module modules/haulage.so -O2 haulage.c
	export THESPIAN_PATH=$dir/modules
}
