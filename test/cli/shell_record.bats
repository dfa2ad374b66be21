#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# record and replay: yesterday's messages against today's code, answers compared.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

setup() {
	tsp_setup
	shell_module
	write_counter 1
	shell -c start -c 'create counter:Counter --name Counter' > /dev/null
}
teardown() { shell_teardown; }

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# write_counter STEP [FOLDER]: Add answers what it has summed up, by STEP; Where answers an address; Fail fails; other
# types are not answered.
write_counter() {
	mkdir -p "${2:-modules}"
	cat > "$dir/counter.c" <<-END
	#include <thespian.h>

	static int on_add(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		int64_t *sum = tsp_state(self);
		*sum += tsp_get_int(message, "n", 0) * $1;
		return tsp_sendf(self, sender, "Sum", "{s:I, s:[s, I]}", "sum", *sum, "list", "is", *sum);
	}

	static int on_where(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		return tsp_sendf(self, sender, NULL, "a", tsp_my_address(self));
	}

	static int on_fail(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)message;
		(void)sender;
		return tsp_fail_text(self, TSP_EFAILED, "as it was told");
	}

	static int on_other(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self;
		(void)message;
		(void)sender;
		return TSP_OK;
	}

	static const tsp_handler handlers[] = { { "Add", on_add }, { "Where", on_where }, { "Fail", on_fail }, { 0 } };
	static const tsp_class counter = { .name = "Counter", .state_size = sizeof(int64_t), .handlers = handlers,
		.receive = on_other };
	TSP_EXPORT(&counter)
	END
	"$TSP_CC" -std=c17 -shared -fPIC -I"$TSP_SRCDIR/lib" -o "${2:-modules}/counter.so" "$dir/counter.c"
}

# record_some FILE: what an actor is asked is recorded; $recorder has ended.
record_some() {
	thespian-shell -p "$port" -c "record Counter $1 --limit 9" > said 3>&- &
	recorder=$!
	wait_until 10 test -s "$1"
	recording() { [ "$(shell --json -c status | jq .counters.traces)" -eq 1 ]; }
	wait_until 10 recording || return
	shell --json -c 'ask Counter Add {"n": 1}' -c 'ask Counter Add {"n": 2}' -c 'ask Counter Where {}' \
		-c 'tell Counter Note {}' > /dev/null
	shell -c 'ask Counter Fail {}' > /dev/null || true
	shell -c 'ask Counter Add {"n": 3}' > /dev/null || true
	wait "$recorder"
}

@test "a recording is of mode 0600, a head and a line of JSON a message" {
	record_some yesterday
	[ "$(stat -c %a yesterday)" = 600 ]
	[ "$(wc -l < yesterday)" -eq 10 ]
	head -n 1 yesterday | jq -e '.thespian_recording == 1 and .class == "Counter" and .module == "counter" and .source == null'
	tail -n +2 yesterday | jq -es '[.[].direction] | map(select(. == "in")) | length == 5 or length == 6'
	tail -n +2 yesterday | jq -es 'any(.body."$type" == "Sum" and .body.value.sum == 3)'
	grep -q "^recorded . messages to it and . from it in 'yesterday'$" said
	run --separate-stderr shell -c 'record Counter yesterday'
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "thespian-shell: cannot create 'yesterday': File exists" ]
	run --separate-stderr shell -c 'record Nobody today'
	[ "$status" -eq 1 ]
	[ ! -e today ]
}

@test "the same code answers the same: status 0, the new actor has gone, the old one was not touched" {
	record_some yesterday
	run --separate-stderr shell --json -c 'replay yesterday'
	[ "$status" -eq 0 ]
	json '.messages == [] and .same == 5 and .different == 0 and .unanswered == 1 and .torn == false' ||
		json '.messages == [] and .same == 4 and .different == 0 and .unanswered == 1 and .torn == false'
	run --separate-stderr shell -c 'replay yesterday'
	[ "$status" -eq 0 ]
	[[ $output =~ ^[56]' sent: '[45]' answers as recorded, 0 not; 1 without an answer'$ ]]
	alone() { [ "$(shell --json -c actorCount | jq .actors)" -eq 1 ]; }
	wait_until 10 alone
	[ "$(shell --json -c 'ask Counter Add {"n": 0}' | jq .value.sum)" -eq 6 ]
}

@test "--to an actor that goes on from elsewhere differs, by path, with status 1" {
	record_some yesterday
	run --separate-stderr shell -c 'replay yesterday --to Counter'
	[ "$status" -eq 1 ]
	[[ ${lines[0]} =~ ^'line '[0-9]+', Add:'$ ]]
	[ "${lines[1]}" = '  .sum: recorded 1, now 7' ]
	[ "${lines[2]}" = '  .list[1]: recorded 1, now 7' ]
	run --separate-stderr shell --json -c 'replay yesterday --to Counter'
	[ "$status" -eq 1 ]
	json '.messages[0].differences[0] | .path == ".sum" and .recorded == 1 and .now > 6'
	run --separate-stderr shell -c 'replay yesterday --to Counter --source abcdef'
	[ "$status" -eq 2 ]
}

@test "a failure that is none any more, and an answer that fails, are differences" {
	record_some yesterday
	sed -i 's/"outcome":"failed"/"outcome":"handled"/' yesterday
	run --separate-stderr shell --timeout 1 -c 'replay yesterday'
	[ "$status" -eq 0 ]
	[[ $output == *'2 without an answer' ]]
	sed -i 's/"\$type":"Add"/"$type":"Fail"/' yesterday
	run --separate-stderr shell --timeout 1 -c 'replay yesterday'
	[ "$status" -eq 1 ]
	[[ $output == *"recorded an answer, now failed: "*"as it was told"* ]]
	sed -i 's/"outcome":"handled"/"outcome":"failed"/; s/"\$type":"Fail"/"$type":"Note"/' yesterday
	shell -c 'create counter:Counter --name Fresh' > /dev/null
	run --separate-stderr shell --timeout 0.3 -c 'replay yesterday --to Fresh'
	[ "$status" -eq 1 ]
	[[ $output == *'recorded failed, now no answer in time'* ]]
}

@test "a recorder that is killed leaves all lines but the last, and replay says that one is torn" {
	thespian-shell -p "$port" -c 'record Counter yesterday' 3>&- &
	recorder=$!
	asked() { shell -c 'ask Counter Add {"n": 1}' > /dev/null; [ "$(grep -c handled yesterday)" -ge 3 ]; }
	wait_until 10 asked
	kill -KILL "$recorder"
	wait "$recorder" || true
	[ "$(tail -n +2 yesterday | grep -c '"direction"')" -ge 6 ]
	truncate -s -10 yesterday
	run --separate-stderr shell --json --timeout 1 -c 'replay yesterday'
	json '.torn and .sent >= 2'
}

@test "a file that is none is refused with one line that has its number" {
	refused() { # refused STATUS TEXT
		run --separate-stderr shell -c 'replay bad'
		[ "$status" -eq "$1" ] || { echo "$status $stderr"; return 1; }
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "thespian-shell: $2"* ]] || { echo "$stderr"; return 1; }
	}
	refused 1 "cannot open 'bad': No such file" || refused 1 "cannot read 'bad'"
	: > bad
	refused 1 "cannot read line 1 of 'bad': it has no head"
	echo '{"a": 1}' > bad
	refused 1 "cannot read line 1 of 'bad': not the head of a recording"
	echo '{"thespian_recording": 2}' > bad
	refused 1 "cannot read line 1 of 'bad': a recording of version 2, and this reads 1"
	echo '{"thespian_recording": 1, "class": "X", "module": "y", "source": null}' > bad
	echo '{"at_us": 1, "direction": "in"}' >> bad
	refused 1 "cannot read line 2 of 'bad': one of at_us, from, to, type and outcome"
	head -c 100000 /dev/urandom > bad
	echo >> bad
	refused 1 "cannot read line 1 of 'bad': "
	run ! grep -q $'\x1b' <<< "$stderr"
}

@test "a recording whose head cannot be written leaves no file" {
	# what it says goes to a pipe: a file may have nothing
	run ! bash -c "trap '' XFSZ; ulimit -f 0; thespian-shell -p $port -c 'record Counter new.jsonl --for 1' 2>&1" 3>&-
	[[ $output == *'cannot write the recording'* ]]
	[ ! -e new.jsonl ]
}
