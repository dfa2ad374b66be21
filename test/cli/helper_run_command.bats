#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# F173: the installed actor runcommand:RunCommand runs programs, in order, and leaves nothing behind.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common

setup() {
	tsp_setup
	# without folders that only root may search: there a program is not "not found"
	PATH=$TSP_BUILDDIR/bin:/usr/local/bin:/usr/bin:/bin
	mkdir "$dir/modules"
	write_module
	export THESPIAN_PATH=$dir/modules
	shell -c start > /dev/null
	shell -c 'create runcommand:RunCommand --name runner' > /dev/null
}

teardown() { tsp_teardown; }

shell() {
	thespian-shell -p "$port" --timeout 30 "$@" 3>&-
}

# command JSON: asks the runner, and leaves its answer in $output.
command() {
	run shell --json -c "ask runner Command $1"
	[ "$status" -eq 0 ] || return 1 # within wait_until nothing else ends it
	output=$(tail -n 1 <<< "$output")
}

# Collector keeps what it is sent; "Collected" is answered with the list. "Ask" has it send a message, so
# that answers come to it.
write_module() {
	cat > "$dir/collector.c" <<-'END'
	#include <stdlib.h>
	#include <thespian.h>

	static tsp_builder *list;

	static int on_any(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)self; (void)sender;
		if (list == NULL) {
			list = tsp_builder_new();
			tsp_begin_list(list);
		}
		tsp_put_value(list, tsp_message_body(message));
		return TSP_OK;
	}

	static int on_collected(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_value value = { 0 };
		(void)message;
		if (list == NULL)
			return tsp_sendf(self, sender, NULL, "[]");
		tsp_end(list);
		if (tsp_builder_value(list, &value) < 0)
			return TSP_EVALUE;
		int rc = tsp_send(self, sender, NULL, value);
		tsp_builder_free(list);
		list = NULL;
		return rc;
	}

	static int on_ask(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		(void)sender;
		return tsp_send(self, tsp_name_address(self, "runner"), "Command", tsp_get(message, "command"));
	}

	static const tsp_handler handlers[] = { { "Collected", on_collected }, { "Ask", on_ask }, { 0 } };
	static const tsp_class collector = { .name = "Collector", .handlers = handlers, .receive = on_any };
	TSP_EXPORT(&collector)
	END
	"$TSP_CC" -shared -fPIC -I"$TSP_SRCDIR/lib" -o "$dir/modules/collector.so" "$dir/collector.c"
}

# Its address, as a message has it, is left in $collector.
create_collector() {
	collector=$(shell --json -c 'create collector:Collector --name collector' | tail -n 1 |
		jq -c '{"$address": .address}')
}

# collected JQ: what the collector has got so far, added to what it had before, is as $1 says.
collected() {
	shell --json -c 'ask collector Collected {}' | tail -n 1 | jq -c '.[]' >> "$dir/collected"
	jq -es "$1" "$dir/collected"
}

alive() {
	pgrep -f "$1" > /dev/null
}

gone() {
	! alive "$1"
}

@test "F173, W48: exit code, output, error output, duration" {
	command '{"exe": "sh", "args": ["-c", "echo out; echo err >&2; exit 3"]}'
	json '.value.exitcode == 3 and .value.stdout == "out\n" and .value.stderr == "err\n"'
	json '.value.errorstr == "exit code 3" and .value.duration_ms >= 0 and .value.command.exe == "sh"'
	command '{"exe": "true"}'
	json '.value.exitcode == 0 and .value.errorstr == "" and .value.stdout == ""'
	command '{"exe": "sh", "args": ["-c", "kill -KILL $$"]}'
	json '.value.exitcode == -9 and (.value.errorstr | test("^killed by signal 9"))'
	command '{"exe": "no-such-program"}'
	json '.value.exitcode == 2 and (.value.errorstr | test("no-such-program.*No such file"))'
}

@test "F173: input, environment, the shell" {
	command '{"exe": "cat", "input": "Grüße\n"}'
	json '.value.stdout == "Grüße\n" and (.value.command | has("input") | not)'
	command '{"exe": "wc", "args": ["-c"]}'
	json '.value.stdout == "0\n"' # without input it reads nothing
	command '{"exe": "env", "env": {"ONLY": "this=one"}}'
	json '.value.stdout == "ONLY=this=one\n"'
	command '{"exe": "echo one;", "args": ["echo", "two"], "use_shell": true}'
	json '.value.stdout == "one\ntwo\n"'
	command '{"exe": "printf", "args": ["a\\377b"]}'
	json '.value.stdout == {"$bytes": "Yf9i"}'
	run shell -c 'ask runner Command {"args": []}'
	[[ $output == *"not a Command: exe is not the name of a program"* ]]
}

@test "F173: more output than max_bufsize: the first and the last half" {
	command '{"exe": "seq", "args": ["1", "100000"], "max_bufsize": 20}'
	json '.value.stdout == ["1\n2\n3\n4\n5\n", "99\n100000\n"]'
	command '{"exe": "seq", "args": ["1", "100000"]}'
	json '.value.stdout | length == 588895'
	command '{"exe": "seq", "args": ["1", "300000"]}'
	json '.value.stdout | length == 2 and (.[0] | startswith("1\n2\n")) and (.[1] | endswith("\n300000\n"))'
}

@test "F173: a time-out ends the whole group: SIGTERM, then SIGKILL" {
	command '{"exe": "sleep", "args": ["1000.25"], "timeout_ms": 200}'
	json '.value.exitcode == -15 and .value.errorstr == "timeout" and .value.duration_ms < 10000'
	wait_until 10 gone "sleep 1${port}[.]25"
	command '{"exe": "sh", "timeout_ms": 200,
		"args": ["-c", "trap : TERM; echo begun; sleep 1'"$port"'.5 & while :; do wait; done"]}'
	json '.value.exitcode == -15 and .value.errorstr == "timeout" and .value.stdout == "begun\n"'
	json '.value.duration_ms >= 2000'
	wait_until 10 gone "sleep 1${port}[.]5"
}

@test "F173, 12.5 point 48: commands that wait keep their order and their answers" {
	for i in 1 2 3 4 5; do
		shell --json -c "ask runner Command {\"exe\": \"sh\",
			\"args\": [\"-c\", \"sleep 0.1; echo $i | tee -a $dir/order\"]}" > "$dir/answer$i" &
		answers+=("$!")
	done
	wait "${answers[@]}"
	[ "$(sort -n "$dir/order" | tr '\n' ' ')" = "1 2 3 4 5 " ] # each once
	for i in 1 2 3 4 5; do
		output=$(tail -n 1 "$dir/answer$i")
		json --arg i "$i" '.value.stdout == $i + "\n" and (.value.command.args[1] | test("echo " + $i))'
	done
}

@test "F173: it answers while a command runs, and aborts it" {
	shell --json -c 'ask runner Command {"exe": "sleep", "args": ["1'"$port"'.125"]}' > "$dir/aborted" &
	aborted=$!
	wait_until 10 alive "sleep 1${port}[.]125"
	shell -c 'status runner' | grep -q RunCommand
	shell -c 'tell runner CommandAbort {}'
	wait "$aborted"
	output=$(tail -n 1 "$dir/aborted")
	json '.value.exitcode == -15 and .value.errorstr == "aborted"'
	command '{"exe": "echo", "args": ["next"]}'
	json '.value.stdout == "next\n"'
}

@test "F173: its start and its output are reported while it runs" {
	create_collector
	shell -c "tell collector Ask {\"command\": {\"exe\": \"sh\", \"output_updates\": $collector,
		\"report_on_start\": true, \"logger\": $collector, \"logtag\": \"T\", \"omit_string\": \"secret\",
		\"args\": [\"-c\", \"echo one; echo secret >&2; until [ -e $dir/go ]; do sleep 0.05; done; echo two\"]}}"
	wait_until 10 collected 'any(.["$type"] == "CommandStarted" and .value.pid > 1)'
	wait_until 10 collected 'any(.["$type"] == "CommandOutput" and .value.output == "one\n")'
	wait_until 10 collected 'any(.["$type"] == "CommandError" and .value.output == "secret\n")'
	collected 'all(.["$type"] != "CommandResult")'
	touch "$dir/go"
	wait_until 10 collected 'any(.["$type"] == "CommandResult" and .value.stdout == "one\ntwo\n")'
	collected '[.[] | select(.["$type"] == "CommandOutput").value.output] | join("") == "one\ntwo\n"'
	collected 'any(.["$type"] == "CommandLog" and .value.text == "T OUT| two" and .value.level == "info")'
	collected 'any(.["$type"] == "CommandLog" and .value.text == "T ERR| ...")'
	collected 'all(.["$type"] != "CommandLog" or (.value.text | test("secret") | not))'
}

@test "F173: of a long output the log has the first and the last five lines" {
	create_collector
	command "{\"exe\": \"seq\", \"args\": [\"1\", \"50\"], \"logger\": $collector}"
	wait_until 10 collected '[.[].value.text | select(test("OUT")) | ltrimstr("seq OUT| ")] ==
		["1", "2", "3", "4", "5", "...", "46", "47", "48", "49", "50"]'
	rm "$dir/collected"
	command '{"exe": "echo", "args": ["quiet"], "logger": false}'
	! grep -q "quiet" "$THESPLOG_FILE" || false
}

@test "F173: a big output reaches who wants it in order and whole" {
	create_collector
	command "{\"exe\": \"seq\", \"args\": [\"1\", \"200000\"], \"output_updates\": $collector}"
	shell --json -c 'ask collector Collected {}' | tail -n 1 | jq -j '.[].value.output' | cmp - <(seq 1 200000)
}

@test "F077: a command has its three descriptors and no more, and signals as they are meant" {
	command '{"exe": "sh", "args": ["-c", "ls /proc/$$/fd; grep SigIgn /proc/$$/status"]}'
	json '.value.stdout | test("^0\n1\n2\nSigIgn:\t[0-9a-f]*0000000\n$")' # SIGPIPE ends it, as everywhere
}

@test "F173: with the actor its commands end, and who waits hears so" {
	shell --json -c 'ask runner Command {"exe": "sh", "args": ["-c", "sleep 1'"$port"'.75 & sleep 1'"$port"'.75"]}' > "$dir/first" &
	first=$!
	wait_until 10 alive "^sleep 1${port}[.]75"
	shell --json -c "ask runner Command {\"exe\": \"touch\", \"args\": [\"$dir/never\"]}" > "$dir/second" &
	second=$!
	two_wait() { shell --json -c 'status runner' | grep -q '"handled":[2-9]'; }
	wait_until 10 two_wait
	shell -c 'tell runner ActorExitRequest {}'
	wait "$first" "$second"
	for answer in first second; do
		output=$(tail -n 1 "$dir/$answer")
		json '.value.exitcode == -3 and .value.errorstr == "the actor exits"'
	done
	wait_until 10 gone "sleep 1${port}[.]75"
	[ ! -e "$dir/never" ]
}

@test "F173: nothing outlives a host that is killed" {
	shell -c 'tell runner Command {"exe": "sh", "args": ["-c", "trap : TERM HUP; sleep 1'"$port"'.375 & while :; do wait; done"]}'
	wait_until 10 alive "sleep 1${port}[.]375"
	kill -KILL "$(shell --json -c 'actors' | tail -n 1 | jq '.. | objects | select(.class? == "RunCommand").pid')"
	wait_until 10 gone "sleep 1${port}[.]375"
}

@test "F173: nothing outlives the system, what was put into the background neither" {
	command '{"exe": "sh", "args": ["-c", "sleep 1'"$port"'.625 > /dev/null 2>&1 & echo left"]}'
	json '.value.stdout == "left\n"'
	wait_until 10 gone "sleep 1${port}[.]625"
	shell -c 'tell runner Command {"exe": "sleep", "args": ["1'"$port"'.875"]}'
	wait_until 10 alive "sleep 1${port}[.]875"
	shell -c stop
	wait_until 10 gone "sleep 1${port}[.]875"
}

@test "F173: a logger by name has what a command says" {
	shell -c stop
	thespian-admin --port "$port" --log-definitions "{\"handlers\": {\"audit\": {\"class\": \"file\",
		\"path\": \"$dir/audit.log\"}}, \"loggers\": {\"audit\": {\"level\": \"info\", \"handlers\": [\"audit\"]}}}" \
		> /dev/null 3>&-
	shell -c 'create runcommand:RunCommand --name run' \
		-c 'ask run Command {"exe": "echo", "args": ["for the auditors"], "logger": "audit"}' > /dev/null
	wait_until 10 grep -q 'OUT| for the auditors' "$dir/audit.log"
}
