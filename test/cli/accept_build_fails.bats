#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is accepted but does not build, or whose actor does not start: status 6, the compiler's lines
# or the reason, and the version before goes on.

load common
load deploy
setup() {
	deploy_setup
	own_builds
	pack 1
	thespian-director load hello > /dev/null
	before=$(everything)
}
teardown() { tsp_teardown; }

@test "what gensrc cannot compile: status 6, file:line as in the package, nothing is written" {
	mkdir -p src-2/deep
	witness_source src-2 2
	printf '\n\nint broken(void) { return missing; }\n' > src-2/deep/part.c
	run --separate-stderr thespian-director gensrc --key alice.sec --version 2 hello src-2 '**/*.c'
	[ "$status" -eq 6 ]
	[[ "$stderr" == *"deep/part.c:3:27: error: "*"missing"* ]]
	[[ "$stderr" != *"$dir"* ]]
	[ ! -e "$(package 2)" ]
	[ "$(everything)" = "$before" ]
}

@test "F120: what does not build at the load: status 6, the compiler's lines on stderr, nothing changed" {
	# compiles, so that gensrc takes it, but does not link
	witness_source src-2 2
	printf 'int other;\n' > src-2/one.c
	printf '\nint other;\nint other_twice(void);\nint other_twice(void) { return other; }\nint other = 1;\n' > src-2/two.c
	echo 'int other = 2;' >> src-2/one.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2
	run --separate-stderr thespian-director load hello-2.tls
	[ "$status" -eq 6 ]
	[[ "$stderr" != *"$dir"* ]]
	[[ "${stderr_lines[-1]}" == "thespian-director: cannot load 'hello-2.tls': cannot compile: "*"multiple definition of "*other* ]]
	[ "$(everything)" = "$before" ]
	[ "$(answers)" = 1 ]
}

@test "an error that only the build itself finds: file, line and column as in the package" {
	witness_source src-2 2
	mkdir src-2/sub
	cat > src-2/sub/user.c <<-'END'
	#include "../sub/part.h"
	void nothing_here(void) __attribute__((error("nothing here")));
	void use(void)
	{
		nothing_here();
	}
	END
	echo 'extern int part;' > src-2/sub/part.h
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 '**/*.c' '**/*.h'
	run --separate-stderr thespian-director load hello-2.tls
	[ "$status" -eq 6 ]
	[[ "$stderr" == *"sub/user.c:5:1: error: "*"nothing here"* ]]
	[[ "$stderr" != *"$dir"* ]]
	[ "$(everything)" = "$before" ]
	# the twin
	sed -i 's/nothing_here();//' src-2/sub/user.c
	thespian-director gensrc --key alice.sec --version 3 -o hello-3.tls hello src-2 '**/*.c' '**/*.h'
	thespian-director load hello-3.tls
	[ "$(answers)" = 2 ]
}

@test "an actor whose init fails: status 6 and the reason" {
	witness_source src-2 2
	sed -i 's/^static const tsp_class witness.*/\
	static int init(tsp_actor *self, tsp_value argument)\
	{ (void)argument; return tsp_fail_text(self, TSP_EFAILED, "no luck on port %d", 7); }\
	static const tsp_class witness = { .name = "Witness", .init = init, .handlers = handlers, .receive = on_text };/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "load 'hello-2.tls': actor 'Witness' did not start: " thespian-director load hello-2.tls
	[[ "$stderr" == *"no luck on port 7"* ]]
	[ "$(everything)" = "$before" ]
	[ "$(seen Hello)" = "load" ]
}

@test "an actor that crashes as it starts: status 6, the signal is named" {
	witness_source src-2 2
	sed -i 's/^static const tsp_class witness.*/\
	static int init(tsp_actor *self, tsp_value argument)\
	{ (void)self; (void)argument; __builtin_trap(); }\
	static const tsp_class witness = { .name = "Witness", .init = init, .handlers = handlers, .receive = on_text };/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "actor 'Witness' did not start: " thespian-director load hello-2.tls
	[[ "$stderr" == *"signal"* ]]
	[ "$(everything)" = "$before" ]
	[ "$(answers)" = 1 ]
}

@test "an actor whose OnLoad message fails: status 6 and the reason" {
	witness_source src-2 2
	sed -i 's/size_t size = strlen(seen);/if (!tsp_message_is_system(message)) return tsp_fail_text(self, TSP_EFAILED, "will not load");\n&/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "actor 'Witness' did not start: " thespian-director load hello-2.tls
	[[ "$stderr" == *"will not load"* ]]
	[ "$(everything)" = "$before" ]
	[ "$(answers)" = 1 ]
}

@test "one of two actors fails: the other is ended too" {
	rules='{ "Actors": { "Witness": { "OnLoad": { "GlobalName": "Hello" } }, "Zero": { "OnLoad": {} } } }'
	witness_source src-2 2
	sed -i 's/^static const tsp_class witness.*/&\
	static int init(tsp_actor *self, tsp_value argument)\
	{ (void)argument; return tsp_fail_text(self, TSP_EFAILED, "not today"); }\
	static const tsp_class zero = { .name = "Zero", .init = init };/
		s/TSP_EXPORT(&witness)/TSP_EXPORT(\&witness, \&zero)/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "actor 'Zero' did not start: " thespian-director load hello-2.tls
	same() { [ "$(everything)" = "$before" ]; }
	wait_until 3 same
}

@test "a class that is not there: status 6, its name" {
	rules='{ "Actors": { "Missing": { "OnLoad": {} } } }'
	pack_aside 2
	refused 6 "Missing" thespian-director load hello-2.tls
	[ "$(everything)" = "$before" ]
}

@test "no TSP_EXPORT: status 6" {
	mkdir src-2
	echo 'int nothing;' > src-2/a.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "load 'hello-2.tls': cannot use what was compiled: it has no TSP_EXPORT" \
		thespian-director load hello-2.tls
	[ "$(everything)" = "$before" ]
}

@test "a function that nobody has: status 6, its name" {
	witness_source src-2 2
	sed -i 's/size_t size = strlen(seen);/extern int nowhere(void);\n(void)nowhere();\n&/' src-2/witness.c
	thespian-director gensrc --key alice.sec --version 2 -o hello-2.tls hello src-2 > /dev/null
	refused 6 "undefined symbol: nowhere" thespian-director load hello-2.tls
	[ "$(everything)" = "$before" ]
}
