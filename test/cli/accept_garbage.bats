#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Bytes that are not the protocol, and frames that lie: the connection ends, nobody else notices, nothing grows.
# shellcheck disable=SC2154,SC2012,SC2030,SC2031,SC2086,SC2317 # common sets them; each test is a process

load common

setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	write_echo
	thespian-admin --port "$port" --foreground > /dev/null 2> admin.log 3>&- &
	wait_until 5 thespian-shell -p "$port" -c status
	shell -c 'create echo:Echo --name Echo'
	socket=$dir/run/$port.sock
	admin=$(admin_pid)
}
teardown() {
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# Echo answers what it got, and "seen" with the types of all that came, system messages in brackets.
write_echo() {
	cat > echo.c <<-'END'
	#include <string.h>
	#include <thespian.h>

	struct echo {
		char seen[4000];
	};

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		struct echo *echo = tsp_state(self);
		tsp_text type = tsp_message_type(message), text;
		bool system = tsp_message_is_system(message);

		if (tsp_value_text(tsp_message_value(message), &text) && tsp_text_is(text, "seen"))
			return tsp_sendf(self, sender, NULL, "s", echo->seen);
		strncat(echo->seen, system ? "[" : "", sizeof(echo->seen) - strlen(echo->seen) - 1);
		strncat(echo->seen, type.data, type.size);
		strncat(echo->seen, system ? "] " : " ", sizeof(echo->seen) - strlen(echo->seen) - 1);
		return system ? TSP_OK : tsp_forward(self, sender, message);
	}

	static const tsp_class echo = { .name = "Echo", .state_size = sizeof(struct echo), .receive = on_any };
	TSP_EXPORT(&echo)
	END
	"$TSP_CC" -std=c17 -D_GNU_SOURCE -shared -fPIC -I"$TSP_SRCDIR/lib" -o modules/echo.so echo.c
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

garbage() {
	"$TSP_BUILDDIR/test/cli/accept_garbage" "$socket" "$@" 3>&-
}

descriptors() {
	ls "/proc/$admin/fd" | wc -l
}

memory_kib() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$admin/status"
}

answers() {
	run shell --timeout 2 -c 'ask Echo "hello"'
	[ "$status" -eq 0 ]
	[ "$output" = hello ]
}

@test "W1, W10: frames and values that lie end their connection, and nothing else" {
	answers
	fds=$(descriptors) kib=$(memory_kib)
	run garbage attacks
	echo "$output"
	[ "$status" -eq 0 ]
	answers
	echo "# memory of the admin: $kib KiB before, $(memory_kib) after" >&3
	[ -n "${TSP_SANITIZERS//[! ]/}" ] && [[ $TSP_SANITIZERS == *sanitize* ]] || [ $(($(memory_kib) - kib)) -lt 4096 ]
	back() { [ "$(descriptors)" -le "$fds" ]; }
	wait_until 3 back
	grep -q 'HTTP' admin.log
	grep -q 'TLS' admin.log
	grep -q 'SSH' admin.log
	run ! env LC_ALL=C grep -n $'[\001-\010\013-\037\177]' admin.log
}

@test "a thousand connections of random bytes" {
	garbage random 200
	fds=$(descriptors) kib=$(memory_kib)
	run garbage random 1000
	echo "$output"
	[ "$status" -eq 0 ]
	answers
	[[ $TSP_SANITIZERS == *sanitize* ]] || [ $(($(memory_kib) - kib)) -lt 2048 ]
	back() { [ "$(descriptors)" -le "$fds" ]; }
	wait_until 3 back
	# lines about strangers are rate-limited: far fewer than connections
	[ "$(grep -c 'connection of pid' admin.log)" -lt 300 ]
}

@test "W8: silent and dripping connections are closed after 5 s, and hold up nobody who is greeted" {
	garbage hold 60 > took &
	held=$!
	sleep 0.3
	answers
	status=0
	wait "$held" || status=$?
	[ "$status" -eq 0 ]
	[ "$(cat took)" -ge 4000 ] && [ "$(cat took)" -lt 8000 ]
	answers
}

@test "W8: callers that announce much and send little take little memory" {
	kib=$(memory_kib)
	mkfifo in
	garbage greedy 50 < in > out &
	greedy=$!
	exec 9> in
	wait_until 5 grep -q ready out
	answers
	grown=$(($(memory_kib) - kib))
	exec 9>&-
	wait "$greedy"
	echo "# 50 announced 3,200 MiB: the admin grew by $grown KiB" >&3
	[[ $TSP_SANITIZERS == *sanitize* ]] || [ "$grown" -lt 8192 ]
	answers
}

@test "F042: callers that go in the midst of a sentence are forgotten" {
	answers
	fds=$(descriptors)
	for i in 1 2 3; do
		garbage leave "$admin"
	done
	answers
	back() { [ "$(descriptors)" -le "$fds" ]; }
	wait_until 3 back
	[ "$(shell --json -c status | jq .callers)" -eq 1 ]
}

@test "a sender that is not the caller's is refused and counted, the system's flag is cleared" {
	number=$(shell --json -c actors | jq -r '.actors[] | select(.name == "Echo") | .address' | cut -d . -f 2)
	before=$(shell --json -c status | jq '[.. | objects | .forged? // empty] | add')
	garbage forge "$number"
	run shell -c 'ask Echo "seen"'
	echo "$output"
	[[ $output == *"Forged "* ]]
	[[ $output != *"[Forged]"* ]]
	[ "$(grep -o Forged <<< "$output" | wc -l)" -eq 1 ]
	[ "$(shell --json -c status | jq '[.. | objects | .forged? // empty] | add')" -eq $((before + 1)) ]
}
