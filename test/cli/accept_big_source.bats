#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One file of 250,000 lines beside a small actor that calls it; and the limits of builds.

load common
load deploy
setup() { deploy_setup; own_builds; }
teardown() { tsp_teardown; }

# big_library FILE LINES: functions of ten lines; the last one, library_answer, calls a few of them.
big_library() {
	awk -v lines="$2" 'BEGIN {
		srand(7)
		print "int library_answer(int x);"
		count = int((lines - 12) / 10)
		for (n = 0; n < count; n++) {
			a = int(rand() * 1000000); b = int(rand() * 1000000); c = int(rand() * 1000000)
			if (n % 10 == 3)
				printf "int step_%d(int x);\n", n
			printf "%sint step_%d(int x)\n{\n\t/* %d %d */\n", n % 10 == 3 ? "" : "static ", n, c, a
			printf "\tint y = x + %d;\n\n\tif (y %% %d == 1)\n\t\ty -= %d;\n\treturn y %% 1000;\n}\n\n", a, b + 2, c
		}
		print "int library_answer(int x)\n{"
		for (n = 0; n < count; n += int(count / 5))
			printf "\tx = step_%d(x);\n", n
		print "\treturn x >= 0 && x < 1000 ? 42 : 0;\n}"
	}' > "$1"
}

big_source() {
	mkdir -p big
	big_library big/library.c "$1"
	cat > big/caller.c <<-'END'
	#include <thespian.h>

	int library_answer(int x);

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		if (tsp_message_is_system(message))
			return TSP_OK;
		return tsp_sendf(self, sender, NULL, "i", library_answer(7));
	}

	static const tsp_class caller = { .name = "Caller", .receive = on_any };
	TSP_EXPORT(&caller)
	END
	echo '{ "Actors": { "Caller": { "OnLoad": { "GlobalName": "Caller" } } } }' > big/big.tli
}

@test "F028: 250,000 lines build and answer, with limits that were set" {
	thespian-director config othercaps '{"Build Limits": {"cpu_s": 200, "wall_s": 280, "memory_mib": 3000, "output_mib": 100}}'
	big_source 250000
	[ "$(wc -l < big/library.c)" -ge 249990 ]
	thespian-director gensrc --key alice.sec --version 1 big big
	run thespian-director load big
	[ "$status" -eq 0 ]
	run thespian-shell -p "$port" -c 'ask Caller "go"'
	[ "$output" = 42 ]
}

@test "a limit that is too small: status 6 and which one; set to more, it builds" {
	big_source 60000
	thespian-director gensrc --key alice.sec --version 1 big big
	thespian-director config othercaps '{"Build Limits": {"memory_mib": 70}}'
	refused 6 "the compiler needs more than 70 MiB of memory" thespian-director load big
	thespian-shell -p "$port" -c 'capability "Build Limits" --remove'
	run thespian-director load big
	[ "$status" -eq 0 ]
	run thespian-shell -p "$port" -c 'ask Caller "go"'
	[ "$output" = 42 ]
}

@test "processor time, and time by the clock" {
	# its syntax is checked in much less time than it takes to be compiled
	big_source 150000
	thespian-director gensrc --key alice.sec --version 1 big big
	thespian-director config othercaps '{"Build Limits": {"cpu_s": 1}}'
	refused 6 "more than 1 s of processor time" thespian-director load big
	thespian-shell -p "$port" -c 'capability "Build Limits" {"wall_s": 1}'
	refused 6 "longer than 1 s" thespian-director load big
	thespian-shell -p "$port" -c 'capability "Build Limits" --remove'
	thespian-director load big
}

@test "limits that are none: the start refuses them by name" {
	for limits in '7' '{"cpu_s": 0}' '{"cpus": 5}' '{"memory_mib": "2G"}'; do
		thespian-director config othercaps "{\"Build Limits\": $limits}"
		run --separate-stderr thespian-director start
		[ "$status" -eq 2 ] || { echo "$limits: $status $stderr"; return 1; }
		[[ "${stderr_lines[0]}" == "thespian-director: cannot "*"Build Limits"* ]] || { echo "$stderr"; return 1; }
	done
	thespian-director config othercaps '{"Build Limits": {"cpu_s": 5}}'
	thespian-director start
}
