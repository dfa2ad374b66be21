#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P9: a package that is compiled reads the toolchain and itself, and nothing else of its user.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key build
	echo 'CANARY_OF_THE_USER' > "$dir/home/secret.txt"
	mkdir src
}
teardown() { tsp_teardown; }

# Whether the kernel can shut a build in (its own test says so elsewhere).
has_sandbox() {
	thespian-director --json status | jq -e '.sandbox > 0'
}

# greeter LINES: a source whose class Greeter is good, behind the given lines.
greeter() {
	{
		echo "$1"
		cat <<-'END'
		#include <thespian.h>
		static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
		{
			(void)message;
			return tsp_sendf(self, sender, NULL, "s", "here");
		}
		static const tsp_class greeter = { .name = "Greeter", .receive = on_any };
		TSP_EXPORT(&greeter)
		END
	} > src/greeter.c
}

# Signs without the check of gensrc, which would read as its user what its user wrote.
refused_build() {
	run --separate-stderr thespian-director gensrc --key build.sec --version "$1" theft src
	[ "$status" -ne 0 ]
	[[ $output$stderr != *CANARY* ]]
	[[ $stderr == *"$2"* ]] || { echo "$stderr"; return 1; }
}

@test "P9: what a package includes or assembles in from outside is not read" {
	thespian-director start > /dev/null
	has_sandbox || skip "the kernel has no Landlock"
	greeter "#include \"$dir/home/secret.txt\""
	refused_build 1 "secret.txt"
	greeter "__asm__(\".section .rodata\\n.incbin \\\"$dir/home/secret.txt\\\"\\n.text\\n\");"
	# the syntax check runs no assembler: the build itself must refuse it
	thespian-director gensrc --key build.sec --version 2 theft src > /dev/null
	run -6 --separate-stderr thespian-director load theft
	[[ $output$stderr != *CANARY* ]]
	[[ $stderr == *"secret.txt"* ]]
	run grep -rl CANARY_OF_THE_USER "$XDG_CACHE_HOME"
	[ -z "$output" ]
	greeter '#include "/dev/zero"'
	refused_build 3 "/dev/zero"
}

@test "P9: the honest twin includes its own headers and those of the machine, and assembles its own file" {
	thespian-director start > /dev/null
	echo 'OWN_FILE' > src/own.h
	sed -i 's/.*/static const char own[] = "&";/' src/own.h
	greeter '#include "own.h"
	#include <stdio.h>
	#include <math.h>
	static const char *const both[] __attribute__((unused)) = { own };'
	thespian-director gensrc --key build.sec --version 1 honest src > /dev/null
	run -0 thespian-director load honest
}

@test "P9: where builds are to be shut in and cannot be, none is made; status says what holds" {
	echo '{"Build Limits": {"sandbox": "required"}}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	greeter ''
	thespian-director gensrc --key build.sec --version 1 honest src > /dev/null
	run --separate-stderr thespian-director load honest
	if has_sandbox; then
		[ "$status" -eq 0 ]
	else
		[ "$status" -ne 0 ]
		[[ $stderr == *Landlock* ]]
		thespian-director status | grep -q 'builds can read'
	fi
	echo '{"Build Limits": {"sandbox": "maybe"}}' > "$THESPIAN_DIRECTOR_DIR/othercaps.cfg"
	run --separate-stderr thespian-director gensrc --key build.sec --version 2 honest src
	[ "$status" -ne 0 ]
	[[ $stderr == *'"required" or "optional"'* ]]
}
