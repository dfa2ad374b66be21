#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# new: what it makes builds, runs and is tested; what is there is left alone; nothing half-made stays.
# shellcheck disable=SC2154,SC2016 # common sets them; programs of jq

load common
setup() { tsp_setup; own_builds; }
teardown() { tsp_teardown; }

# All that lies in the current folder, hidden files too.
everything() {
	find . -mindepth 1 -not -path './director*' | sort
}

@test "it makes a source, its group file, its test and what to do next, and says so" {
	run -0 --separate-stderr thespian-director new hello
	[ "$output" = "made hello/hello.c
made hello/hello.tli
made hello/hello.bats
made hello/README.md" ]
	[[ $stderr == "hint: 'thespian-director watch hello hello' "* ]]
	[ "$(find hello -type f | wc -l)" -eq 4 ]
	run -0 --separate-stderr thespian-director --json new other
	json '.folder == "other" and .class == "Other" and .next == "thespian-director watch other other"'
	json '.files == ["other/other.c", "other/other.tli", "other/other.bats", "other/README.md"]'
}

@test "its test passes, with the programs in PATH and from the build folder" {
	thespian-director new hello
	run -0 bats hello/hello.bats
	[ "${lines[0]}" = 1..2 ]
	ln -s "$TSP_BUILDDIR/bin" bin
	PATH=${PATH#"$TSP_BUILDDIR/bin:"}
	run -127 thespian-director --version
	run -0 bats hello/hello.bats
	PATH=$TSP_BUILDDIR/bin:$PATH
	[ "${lines[0]}" = 1..2 ]
	no_processes
}

@test "its test sees an actor that does not do what it says" {
	thespian-director new hello
	sed -i 's/greeted++/greeted += 2/' hello/hello.c
	run -1 bats hello/hello.bats
	[[ $output == *'"nth":2'* ]]
	no_processes
}

@test "the source compiles without a warning, pedantically, and shellcheck finds nothing in the test" {
	thespian-director new hello-world
	"$TSP_CC" -std=c17 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wformat=2 -Wvla -Werror -I"$TSP_SRCDIR/lib" hello-world/hello-world.c
	! command -v clang-format > /dev/null ||
		clang-format --style="file:$TSP_SRCDIR/.clang-format" -n -Werror hello-world/hello-world.c
	! command -v shellcheck > /dev/null || shellcheck hello-world/hello-world.bats
	run grep -rn '@NAME@\|@CLASS@' hello-world
	[ "$status" -eq 1 ]
}

@test "the commands of its README are those that there are" {
	thespian-director new hello
	make_key build
	sed -n 's/^    thespian-director \([a-z]*\).*/\1/p' hello/README.md | sort -u > commands
	[ "$(wc -l < commands)" -ge 4 ]
	while read -r command; do thespian-director help "$command" > /dev/null; done < commands
	sed -n '/gensrc/,/load/s/^    //p' hello/README.md > session
	sed -n "/thespian-shell/s/^    thespian-shell/thespian-shell -p $port/p" hello/README.md >> session
	[ "$(wc -l < session)" -eq 3 ]
	run -0 bash -eu session 3>&-
	[[ $output == *'"hello": "Ada"'* ]]
}

@test "every name of the grammar gives a source that builds, with a class in CamelCase" {
	make_key alice
	long=$(printf 'x%.0s' {1..64})
	while read -r name class; do
		run -0 --separate-stderr thespian-director --json new "$name"
		json --arg class "$class" '.class == $class'
		run -0 thespian-director gensrc --key alice.sec --version 1 "$name" "$name"
		grep -qF "\"$class\": { \"OnLoad\": { \"Role\": \"$name\", \"GlobalName\": \"$class\" }" "$name/$name.tli"
	done <<-END
	hello Hello
	hello-world HelloWorld
	a.b_c-d ABCD
	myActor MyActor
	HTTP2 HTTP2
	int Int
	a..b AB
	_private Private
	source.json SourceJson
	README README
	2fast Actor2fast
	_ Actor
	_9 Actor9
	$long X${long:1}
	END
}

@test "the longest name, and one without letters, run" {
	make_key alice
	for name in "$(printf 'n%.0s' {1..64})" _9; do
		class=$(thespian-director --json new "$name" 2> /dev/null | jq -r .class)
		thespian-director gensrc --key alice.sec --version 1 "$name" "$name"
		thespian-director load "$name" 3>&-
		run -0 thespian-shell -p "$port" --json -c "ask $class Greet {\"name\": \"Ada\"}"
		json '.value.version == "1"'
	done
}

@test "a name that no group may have is refused, and nothing is made" {
	before=$(everything)
	for name in '' . .. ../up a/b -x .hidden 'two words' "$(printf 'x%.0s' {1..65})" $'a\nb' ä; do
		run -2 --separate-stderr thespian-director new -- "$name"
		[[ $stderr == "thespian-director: cannot make '"*"': letters, digits and "* ]]
	done
	[ "$(everything)" = "$before" ]
}

@test "what is there is refused and left as it is" {
	thespian-director new full
	mkdir empty
	: > file
	ln -s nowhere link
	before=$(everything; cat full/*)
	for name in full empty file link; do
		run -1 --separate-stderr thespian-director new "$name"
		[[ ${stderr_lines[0]} == "thespian-director: cannot make '$name': it is there already" ]]
		[[ ${stderr_lines[1]} == "hint: "* ]]
	done
	[ "$(everything; cat full/*)" = "$before" ]
}

@test "where it cannot be written, nothing half-made is left" {
	before=$(everything)
	run -1 bash -c "set -o pipefail; (trap '' XFSZ; ulimit -f 0; thespian-director new hello) 2>&1 | cat"
	[[ $output == "thespian-director: cannot write "*": "* ]]
	[ "$(everything)" = "$before" ]
	thespian-director new hello
}
