#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every exit status from 0 to 6, of both programs, and an answer that a script can read.
# shellcheck disable=SC2154 # common sets them

load common

setup() {
	tsp_setup
	make_key alice
	write_group hello Greeter Greeter
	thespian-director gensrc --key alice.sec --version 1 hello "$TSP_SRCDIR/share/example/hello" > /dev/null
}
teardown() {
	[ -z "$(admin_pid)" ] || kill -CONT "$(admin_pid)"
	tsp_teardown
}

# ends STATUS PROGRAM...: the status, results on stdout only with 0, else one line that begins with the program's name.
ends() {
	local want=$1
	shift
	run --separate-stderr timeout 60 "$@" 3>&-
	if [ "$status" -ne "$want" ]; then
		echo "status $status, not $want, of: $*"
		echo "$output"
		echo "$stderr"
		return 1
	fi
	[ "$want" -eq 0 ] || [ -n "$stderr" ] || [[ $output == *PoisonMessage* ]]
	# one line of the program's own; the compiler's may stand before it
	[ "$want" -eq 0 ] || [ -z "$stderr" ] || [ "$(grep -c "^$1: .*[^.]$" <<< "$stderr")" -eq 1 ]
}

director() {
	local want=$1
	shift
	ends "$want" thespian-director "$@"
}

shell() {
	local want=$1
	shift
	ends "$want" thespian-shell -p "$port" "$@"
}

@test "an answer in JSON goes through a pipe into jq" {
	thespian-director load hello
	set -o pipefail
	thespian-shell -p "$port" -c 'ask Greeter "Ada"' --json | jq . > answer
	jq -e '."$type" == "Greeting" and .value.hello == "Ada"' answer
	thespian-shell -p "$port" --json -c status | jq -e .port
	thespian-shell -p "$port" -c tree --json | jq -e '.actors | length > 0'
}

@test "thespian-director: 0 done, 1 failed, 2 wrong usage, 3 no system" {
	director 3 list
	director 0 start
	director 0 start
	director 0 load hello
	director 0 list
	director 1 unload nothing
	director 1 load nothing.tls
	director 1 role nobody
	director 2 load
	director 2 frobnicate
	director 2 --port 99999 list
	director 0 shutdown
	director 3 status
}

@test "thespian-director: 4 no answer in time" {
	thespian-director start
	kill -STOP "$(admin_pid)"
	start=$(now_ms)
	director 4 --timeout 0.5 list
	[ $(($(now_ms) - start)) -lt 5000 ]
	director 4 --timeout 0.5 load hello
	kill -CONT "$(admin_pid)"
	director 0 list
}

@test "thespian-director: 5 refused, 6 did not build or start" {
	mkdir broken stillborn
	printf '#include <thespian.h>\nint broken(\n' > broken/broken.c
	director 6 gensrc --key alice.sec --version 1 broken broken
	[[ $stderr == *"broken.c:"* ]]
	write_source bad Greeter one
	printf '__asm__("no_such_instruction");\n' >> bad/greeter.c
	director 0 gensrc --key alice.sec --version 2 hello bad
	director 6 load hello
	[[ $stderr == *"no such instruction"* ]]
	write_source bad Greeter one
	printf 'int absent(void);\nint (*volatile used)(void) = absent;\n' >> bad/greeter.c
	director 0 gensrc --key alice.sec --version 2.1 hello bad
	director 6 load hello
	[[ $stderr == *"undefined symbol: absent"* ]]
	cat > stillborn/greeter.c <<-'END'
	#include <thespian.h>
	static int refuse(tsp_actor *self, tsp_value argument)
	{
		(void)argument;
		return tsp_fail_text(self, TSP_EFAILED, "it does not want to");
	}
	static const tsp_class greeter = { .name = "Greeter", .init = refuse };
	TSP_EXPORT(&greeter)
	END
	director 0 gensrc --key alice.sec --version 3 hello stillborn
	director 6 load hello
	[[ $stderr == *"it does not want to"* ]]
	cp "$THESPIAN_DIRECTOR_DIR/hello-1.tls" flipped.tls
	printf X | dd of=flipped.tls bs=1 seek=700 conv=notrunc status=none
	director 5 load flipped.tls
	director 5 tlsinfo flipped.tls
}

@test "thespian-shell: 0 done, 1 failed or poison, 2 wrong usage, 3 no system" {
	shell 3 -c status
	shell 3 -c 'ask Greeter "Ada"'
	thespian-director load hello
	shell 0 -c 'ask Greeter "Ada"'
	shell 0 -c 'ask Greeter "Ada"' -c status --json
	shell 1 -c 'ask Nobody "Ada"'
	shell 1 -c 'load nothing.tls'
	shell 2 -c 'ask Greeter'
	shell 2 -c 'ask Greeter {"open'
	shell 2 --no-such-option
	pid=$(thespian-shell -p "$port" --json -c actors | jq '.actors[] | select(.name == "Greeter") | .pid')
	kill -STOP "$pid"
	thespian-shell -p "$port" --json -c 'ask Greeter "Ada"' > poison 3>&- &
	asker=$!
	sleep 0.3
	kill -KILL "$pid"
	status=0
	wait "$asker" || status=$?
	[ "$status" -le 1 ]
}

@test "thespian-shell: 4 no answer in time" {
	thespian-director load hello
	shell 4 --timeout 0.2 -c listen
	kill -STOP "$(admin_pid)"
	shell 4 --timeout 0.3 -c 'ask Greeter "Ada"'
	kill -CONT "$(admin_pid)"
	shell 0 -c 'ask Greeter "Ada"'
}

@test "thespian-shell: 5 refused, 6 an actor did not start" {
	thespian-admin --port "$port" 3>&-
	shell 5 -c "load $THESPIAN_DIRECTOR_DIR/hello-1.tls"
	shell 5 -c 'tell Greeter PoisonMessage {}'
	mkdir modules
	cat > stillborn.c <<-'END'
	#include <thespian.h>
	static int refuse(tsp_actor *self, tsp_value argument)
	{
		(void)argument;
		return tsp_fail_text(self, TSP_EFAILED, "it does not want to");
	}
	static const tsp_class still = { .name = "Still", .init = refuse };
	TSP_EXPORT(&still)
	END
	"$TSP_CC" -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/born.so stillborn.c
	thespian-shell -p "$port" -c stop
	THESPIAN_PATH=$dir/modules thespian-admin --port "$port" 3>&-
	shell 6 -c 'create born:Still'
	[[ $stderr == *"it does not want to"* ]]
	thespian-shell -p "$port" -c stop
}
