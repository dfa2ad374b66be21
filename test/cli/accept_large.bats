#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Large messages arrive whole, whichever way they go, and nobody else waits for them.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_haulage
	thespian-admin --port "$port" > /dev/null 3>&-
	shell -c 'create haulage:Hauler --name Hauler'
}
teardown() {
	tsp_teardown
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# Hauler makes a Dock, sends it `count` messages of `size` bytes, one after the other, each followed by a small one,
# and says how many came whole; Dock looks at each byte and at the order. As "Doom" they end Dock's process: the
# Hauler looks at what came back as poison.
write_haulage() {
	cat > haulage.c <<-'END'
	#include <signal.h>
	#include <stdlib.h>
	#include <thespian.h>
	#include <unistd.h>

	struct haul {
		tsp_address customer, dock;
		int64_t size, count, sent, whole;
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

		haul->customer = sender;
		if (tsp_address_is_nobody(haul->dock))
			haul->dock = tsp_create(self, "Dock", NULL);
		haul->size = tsp_get_int(message, "size", 1);
		haul->count = tsp_get_int(message, "count", 1);
		haul->type = tsp_get_bool(message, "doom", false) ? "Doom" : "Cargo";
		haul->sent = haul->whole = 0;
		free(haul->bytes);
		haul->bytes = malloc((size_t)haul->size);
		return send_next(self, haul);
	}

	static int on_landed(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct haul *haul = tsp_state(self);

		(void)sender;
		haul->whole += tsp_get_bool(message, "whole", false);
		if (haul->sent < haul->count)
			return send_next(self, haul);
		return tsp_sendf(self, haul->customer, NULL, "{s:I, s:I}", "whole", haul->whole, "pid",
			tsp_get_int(message, "pid", 0));
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
	"$TSP_CC" -std=c17 -D_GNU_SOURCE -O2 -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/haulage.so haulage.c
}

# Prints what came of it.
haul() { # SIZE COUNT [MEMBER]
	shell --timeout 60 --json -c "ask Hauler Haul {\"size\": $1, \"count\": $2${3:+, $3}}"
}

shmem_kib() {
	awk '/^RssShmem:/ { print $2 }' "/proc/$1/status"
}

@test "F044: a message of 50 MiB arrives whole, and other senders are served meanwhile" {
	shell -c 'create haulage:Dock --name Other'
	haul $((50 * 1024 * 1024)) 10 > hauled &
	hauler=$!
	asked=0
	while kill -0 "$hauler" 2>/dev/null; do
		shell --timeout 10 -c 'ask Other Pid {}' > /dev/null
		asked=$((asked + 1))
	done
	wait "$hauler"
	[ "$(jq .whole hauled)" = 10 ]
	[ "$asked" -ge 3 ]
}

@test "messages of all sizes arrive whole and in order" {
	local size
	for size in 1 65400 65536 65600 131072 262144 1048576 2097000 2097151 2097152 2097160 3000000 9000000; do
		[ "$(haul "$size" 12 | jq .whole)" = 12 ] || { echo "of $size bytes not all came"; return 1; }
	done
}

@test "what a host died of comes back whole" {
	[ "$(haul 1048576 1 '"doom": true')" = '"whole"' ]
}

@test "memory that large messages went through is given back" {
	haul 1048576 20 > hauled
	[ "$(jq .whole hauled)" = 20 ]
	pid=$(jq .pid hauled)
	[ "$(shmem_kib "$pid")" -ge 1024 ]
	given_back() { [ "$(shmem_kib "$pid")" -lt 64 ]; }
	wait_until 10 given_back
	[ "$(haul 1048576 20 | jq .whole)" = 20 ]
}
