#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 of the admin: every process of the system goes, callers hear of it, and the port is free.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_stubborn
	thespian-admin --port "$port" > /dev/null 3>&-
}
teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# Deaf ignores SIGTERM and starts a process of its own, in a session of its own; "hang" never returns.
write_stubborn() {
	cat > stubborn.c <<-'END'
	#include <signal.h>
	#include <thespian.h>
	#include <unistd.h>

	static int deaf_init(tsp_actor *self, tsp_value argument)
	{
		(void)self, (void)argument;
		signal(SIGTERM, SIG_IGN);
		if (fork() == 0) {
			setsid();
			if (fork() == 0)
				for (;;)
					pause();
			_exit(0);
		}
		return TSP_OK;
	}

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text text;

		if (tsp_message_is_system(message))
			return TSP_OK;
		if (tsp_value_text(tsp_message_value(message), &text) && tsp_text_is(text, "hang"))
			for (;;)
				pause();
		return tsp_forward(self, sender, message);
	}

	static const tsp_class deaf = { .name = "Deaf", .init = deaf_init, .receive = on_any };
	static const tsp_class echo = { .name = "Echo", .receive = on_any };
	static const tsp_class shared = { .name = "Shared", .receive = on_any, .host = TSP_HOST_SHARED };
	TSP_EXPORT(&deaf, &echo, &shared)
	END
	"$TSP_CC" -std=c17 -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/stubborn.so stubborn.c
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

# The hosts alone: nurseries, actors' hosts, and what they started.
no_hosts() {
	no_processes 'thespian-host'
}

@test "W11: every process of the system is gone within 2 s, a waiting caller gets status 3, a new start works" {
	shell -c 'create stubborn:Echo --name Echo' -c 'create stubborn:Deaf --name Deaf' \
		-c 'create stubborn:Shared' -c 'create stubborn:Shared' -c 'create stubborn:Echo --name Hung'
	[ "$(tsp_processes thespian-host | wc -l)" -ge 6 ]
	shell --timeout 20 -c 'ask Hung hang' > out 2> err &
	asker=$!
	shell --timeout 20 -c 'listen' > /dev/null 2> err2 &
	listener=$!
	sleep 0.3
	admin=$(admin_pid) # looks through all of /proc
	start=$(now_ms)
	kill -9 "$admin"
	ends_with 3 "$asker"
	ends_with 3 "$listener"
	heard=$(($(now_ms) - start))
	wait_until 5 no_hosts
	took=$(($(now_ms) - start))
	echo "# callers heard in $heard ms, all gone in $took ms" >&3
	[ "$heard" -lt 1000 ]
	[ "$took" -lt 2000 ]
	[ ! -s out ]
	[ "$(grep -c . err)" -ge 1 ]
	run shell -c status
	[ "$status" -eq 3 ]
	thespian-admin --port "$port" > /dev/null 3>&-
	run shell -c 'create stubborn:Echo --name Echo' -c 'ask Echo hello'
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = hello ]
}
