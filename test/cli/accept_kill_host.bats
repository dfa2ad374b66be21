#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 of a host: its parent hears of it, who asked hears of it, and nobody waits.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_family
	thespian-admin --port "$port" > /dev/null 3>&-
}
teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# Parent kills its child and answers how long it took until it heard of it. Child tells its pid, and
# works for a long time at "work".
write_family() {
	cat > family.c <<-'END'
	#include <fcntl.h>
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <thespian.h>
	#include <time.h>
	#include <unistd.h>

	struct parent {
		tsp_address asker, child;
		int64_t since_us;
		bool busy;
	};

	static int64_t now_us(void)
	{
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	}

	static int on_kill(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct parent *parent = tsp_state(self);

		parent->asker = sender;
		parent->busy = tsp_get_bool(message, "busy", false);
		parent->child = tsp_create(self, "Child", NULL);
		return tsp_sendf(self, parent->child, "Pid", "n");
	}

	static int on_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct parent *parent = tsp_state(self);

		(void)sender;
		if (parent->busy)
			tsp_sendf(self, parent->child, "Work", "n");
		return tsp_wakeup_after(self, 50, tsp_get(message, "pid"));
	}

	static int on_wakeup(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct parent *parent = tsp_state(self);
		int64_t pid = 0;

		(void)sender;
		if (!tsp_value_int(tsp_get(message, "payload"), &pid) || pid <= 1)
			return TSP_EVALUE;
		parent->since_us = now_us();
		kill((pid_t)pid, SIGKILL);
		return TSP_OK;
	}

	static int on_exited(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct parent *parent = tsp_state(self);
		int64_t us = now_us() - parent->since_us;

		(void)sender;
		return tsp_sendf(self, parent->asker, NULL, "{s:I, s:b, s:I, s:t}", "us", us, "right",
			(int)tsp_address_equal(parent->child, tsp_get_address(message, "childAddress")), "status",
			tsp_get_int(message, "status", -1), "detail", tsp_get_text(message, "detail"));
	}

	static const tsp_handler parent_handlers[] = { { "Kill", on_kill }, { "Pid", on_pid },
		{ "WakeupMessage", on_wakeup }, { "ChildActorExited", on_exited }, { 0 } };
	static const tsp_class parent = { .name = "Parent", .state_size = sizeof(struct parent),
		.handlers = parent_handlers };

	static int on_ask_pid(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, "Pid", "{s:i}", "pid", (int)getpid());
	}

	static int on_work(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		char path[200];

		(void)self, (void)message, (void)sender;
		snprintf(path, sizeof(path), "%s/busy", getenv("THESPIAN_TEST_DIR"));
		close(creat(path, 0600));
		sleep(30);
		return TSP_OK;
	}

	static const tsp_handler child_handlers[] = { { "Pid", on_ask_pid }, { "Work", on_work }, { 0 } };
	static const tsp_class child = { .name = "Child", .handlers = child_handlers };
	TSP_EXPORT(&parent, &child)
	END
	"$TSP_CC" -std=c17 -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/family.so family.c
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# ends_with STATUS PID: waits for a job.
ends_with() {
	status=0
	wait "$2" || status=$?
	[ "$status" -eq "$1" ]
}

# The middle of twenty, and none worse than a second on a machine that does other things too.
@test "F064, W14: the parent hears within 100 ms, by its own clock, of an idle child's death and of a busy one's" {
	shell -c 'create family:Parent --name Parent'
	for busy in false true; do
		for _ in {1..20}; do
			shell --json -c "ask Parent Kill {\"busy\": $busy}"
		done > told
		echo "# busy $busy: $(jq -s 'map(.us) | sort | {median: .[10], most: .[-1]}' -c told) us" >&3
		jq -es 'length == 20 and all(.right and .status == 9 and (.detail | contains("signal 9")))' told
		jq -es 'map(.us) | sort | .[10] < 100000 and .[-1] < 1000000' told
	done
}

@test "who asked gets a PoisonMessage that names the signal, at once" {
	shell -c 'create family:Child --name Child'
	pid=$(shell --json -c 'ask Child Pid null' | jq .value.pid)
	shell --json --timeout 20 -c 'ask Child Work null' > answer 2> error &
	asker=$!
	wait_until 5 test -e "$dir/busy"
	shell --json --timeout 20 -c 'ask Child Pid null' > second 2>&1 &
	waiter=$!
	sleep 0.5
	start=$(now_ms)
	kill -9 "$pid"
	ends_with 1 "$asker"
	ends_with 1 "$waiter"
	took=$(($(now_ms) - start))
	echo "# $took ms" >&3
	[ "$took" -lt 1000 ]
	jq -e '."$type" == "PoisonMessage" and .value.outcome == "crashed" and (.value.details | contains("signal 9"))' answer
	grep 'not delivered' second
}
