#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P10: sources that a compiler never comes to an end with. Each limit is a named error with status 6; meanwhile what
# runs goes on, and then the honest twin builds.
# shellcheck disable=SC2154 # common and deploy set them

load common
load deploy
load security
setup() {
	security_setup
	thespian-director shutdown > /dev/null
	echo '{"Build Limits": {"cpu_s": 2, "wall_s": 6, "memory_mib": 300, "output_mib": 2}}' \
		> "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	thespian-director start > /dev/null
	before=$(everything)
}
teardown() { tsp_teardown; }

# macro_bomb: 2 to the power of 30 additions.
macro_bomb() {
	echo '#define A0 1 + 1'
	for number in $(seq 30); do echo "#define A$number A$((number - 1)) + A$((number - 1))"; done
	echo 'int bomb = A30;'
}

# bombed TEXT: hello 2 with this at the end of its source is refused by the builder for that reason.
bombed() {
	cat src-2/witness.c - > bomb.c
	sign_files bomb.tls witness.c=bomb.c
	refused 6 "$1" thespian-director load bomb.tls
}

@test "P10: macros, arrays, an endless file, an assembler that fills the disk: a named error each" {
	macro_bomb | bombed "the compiler " # needs too much of time or memory, whichever is first
	echo 'char big[100000000] = { 1 };' | bombed "the compiler writes a file larger than 2 MiB"
	echo '__asm__(".fill 100000000, 1, 1");' | bombed "the compiler writes a file larger than 2 MiB"
	zero="/dev/zero: Permission denied"
	thespian-director --json status | jq -e '.sandbox > 0' > /dev/null || zero="the compiler " # is let in, and needs too much
	echo '#include "/dev/zero"' | bombed "$zero"
	left() { ! pgrep -f "$dir/cache/thespian/build-"; }
	wait_until 5 left
	[ -z "$(find "$dir/cache" -name 'build-*')" ]
	[ "$(everything)" = "$before" ]
	thespian-director load hello-2.tls > /dev/null
	[ "$(answers)" = 2 ]
}

# How much longer an answer may take (twice, of the slowest in a hundred) is measured by `make bench`, row build-beside.
@test "P10: while a bomb burns, what runs answers, since it goes before the compiler" {
	macro_bomb > bomb.h
	cat src-2/witness.c bomb.h > bomb.c
	sign_files bomb.tls witness.c=bomb.c
	thespian-director load bomb.tls > /dev/null 2>&1 3>&- &
	load=$!
	burns() { pgrep -f "$dir/cache/thespian/build-"; }
	wait_until 10 burns
	for pid in $(burns); do
		[ "$(ps -o ni= -p "$pid")" -eq 19 ] || [ ! -e "/proc/$pid" ]
	done
	slow=0
	for number in {1..40}; do
		start=$(now_ms)
		[ "$(answers)" = 1 ]
		[ $(($(now_ms) - start)) -lt 2000 ] || slow=$((slow + 1))
	done
	[ "$slow" -eq 0 ]
	wait "$load" && return 1
	thespian-director load hello-2.tls > /dev/null
	[ "$(answers)" = 2 ]
}
