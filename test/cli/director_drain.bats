#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# F134: a version that goes by AutoUnload or unload lets its actors finish; the group file's Drain.

# shellcheck disable=SC2154 # common sets them
# shellcheck disable=SC2016 # so does awk

load common
load deploy
setup() { deploy_setup; }
teardown() { tsp_teardown; }

# worker VERSION RULES: hello-VERSION.tls. `Work {name}` waits until `go NAME` is said, is written down, and answered.
worker() {
	mkdir -p "src-$1"
	cat > "src-$1/worker.c" <<-END
	#include <stdio.h>
	#include <thespian.h>
	#include <unistd.h>

	static int on_work(tsp_actor *self, const tsp_message *message, tsp_address sender)
	{
		tsp_text name = tsp_get_text(message, "name");
		char gate[200];
		FILE *file;

		(void)snprintf(gate, sizeof(gate), "$dir/go.%.*s", (int)name.size, name.data);
		for (int i = 0; i < 6000 && access(gate, F_OK) < 0; i++)
			(void)usleep(10000);
		file = fopen("$dir/done", "a");
		if (!file)
			return TSP_EIO;
		(void)fprintf(file, "%.*s $1\n", (int)name.size, name.data);
		(void)fclose(file);
		return tsp_sendf(self, sender, NULL, "{s:t, s:s}", "name", name, "version", "$1");
	}

	static const tsp_handler handlers[] = { { "Work", on_work }, { 0 } };
	static const tsp_class worker = { .name = "Worker", .handlers = handlers };
	TSP_EXPORT(&worker)
	END
	printf '{ "Actors": { "Worker": { "OnLoad": { "GlobalName": "Worker" } } }, %s }\n' "$2" > "src-$1/hello.tli"
	thespian-director gensrc --key alice.sec --version "$1" hello "src-$1" > /dev/null
}

# work ADDRESS NAME
work() {
	thespian-shell -p "$port" -c "tell $1 Work {\"name\": \"$2\"}"
}

go() {
	local name
	for name; do
		: > "$dir/go.$name"
	done
}

finishing() {
	[ "$(list '.versions[] | select(.version == "1") | .draining')" = true ]
}

done_are() {
	[ "$(tr '\n' ' ' 2>/dev/null < "$dir/done")" = "$1 " ]
}

own() {
	list ".versions[] | select(.version == \"$1\") | .actors[0].own_address.\"\$address\""
}

versions_are() {
	[ "$(list '[.versions[] | select(.loaded) | .version] | join(" ")')" = "$1" ]
}

one_worker() {
	[ "$(thespian-shell -p "$port" --json -c actors | jq '[.actors[] | select(.class == "Worker")] | length')" -eq 1 ]
}

busy() {
	[ "$(thespian-shell -p "$port" --json -c actors | jq -r '.actors[] | select(.class == "Worker") | .busy' | sort -u)" != false ]
}

@test "F134: AutoUnload: the former version goes when it has done what it was given, not before" {
	worker 1 '"AutoUnload": true, "Drain": 60'
	worker 2 '"AutoUnload": true, "Drain": 60'
	thespian-director load "$(package 1)"
	old=$(own 1)
	work Worker a
	wait_until 5 busy
	for name in b c d; do
		work "$old" $name
	done
	thespian-director load hello
	finishing
	run thespian-director list hello
	[[ "$output" == *"hello 1 "*" finishing"* ]]
	go a b c new
	work Worker new
	wait_until 10 grep -q 'c 1' "$dir/done"
	finishing
	go d
	wait_until 20 versions_are 2
	[ "$(grep -c ' 1$' "$dir/done")" -eq 4 ]
	grep -qx 'new 2' "$dir/done"
}

@test "F134: an idle version goes at once, however long it would have had" {
	worker 1 '"AutoUnload": true, "Drain": 86400'
	worker 2 '"AutoUnload": true'
	thespian-director load "$(package 1)"
	thespian-director load hello
	wait_until 5 versions_are 2
}

@test "F134: one that is not done in time is asked to exit, behind all that it holds" {
	worker 1 '"AutoUnload": true, "Drain": 1'
	worker 2 '"AutoUnload": true'
	thespian-director load "$(package 1)"
	old=$(own 1)
	work Worker a
	wait_until 5 busy
	work "$old" b
	thespian-director load hello
	wait_until 20 versions_are 2
	[ ! -s "$dir/done" ]
	go a b
	wait_until 10 done_are "a 1 b 1"
}

@test "F134: further loads do not lengthen the time of one that is not done" {
	local number=1
	worker 1 '"AutoUnload": true, "Drain": 8'
	thespian-director load "$(package 1)"
	work Worker a
	wait_until 5 busy
	first_is_gone() {
		worker $((++number)) '"AutoUnload": true'
		thespian-director load hello
		[ "$(list '[.versions[] | select(.version == "1" and .loaded)] | length')" = 0 ]
	}
	wait_until 40 first_is_gone
	[ "$number" -ge 3 ]
	go a
}

@test "F134: unload waits too, and nobody else waits for it; --force does not" {
	worker 1 '"Drain": 60'
	worker 2 '"Drain": 60'
	thespian-director load "$(package 1)"
	old=$(own 1)
	work Worker a
	wait_until 5 busy
	thespian-director load hello
	thespian-director unload hello@1 > unloaded 2>&1 3>&- &
	unload=$!
	wait_until 5 finishing
	refused 1 "unloaded already" thespian-director unload hello@1
	write_source other Other x
	thespian-director gensrc --key alice.sec --version 1 other other > /dev/null
	thespian-director load other
	[ ! -s "$dir/done" ]
	[ -n "$(own 1)" ]
	go a
	wait "$unload"
	[[ "$(cat unloaded)" == "unloaded hello 1 "* ]]
	done_are "a 1"
	versions_are 2
	# with --force it does not wait for what is at work
	work Worker never
	wait_until 5 busy
	thespian-director unload --force hello
	[ "$(wc -l < "$dir/done")" -eq 1 ]
	run thespian-shell -p "$port" -c "ask $old Work {}"
	[ "$status" -eq 1 ]
}

@test "F134: a source that another unloads while it finishes: its actors go all the same" {
	worker 1 '"Drain": 60'
	worker 2 '"Drain": 60'
	thespian-director load "$(package 1)"
	work Worker a
	wait_until 5 busy
	thespian-director load hello
	thespian-director unload hello@1 > unloaded 2>&1 3>&- &
	unload=$!
	wait_until 5 finishing
	thespian-shell -p "$port" -c "unload $(hash_of "$(package 1)")"
	go a
	wait "$unload"
	[[ "$(cat unloaded)" == "unloaded hello 1 "* ]]
	done_are "a 1"
	wait_until 10 one_worker
	versions_are 2
}

@test "F134: AutoUnload: a source that another unloads while it finishes: its actors go all the same" {
	worker 1 '"AutoUnload": true, "Drain": 60'
	worker 2 '"AutoUnload": true, "Drain": 60'
	thespian-director load "$(package 1)"
	work Worker a
	wait_until 5 busy
	thespian-director load hello
	finishing
	thespian-shell -p "$port" -c "unload $(hash_of "$(package 1)")"
	go a
	wait_until 10 one_worker
	done_are "a 1"
	versions_are 2
}

@test "F134: a version that is active again meanwhile is not unloaded" {
	worker 1 '"Drain": 60'
	worker 2 '"Drain": 60'
	thespian-director load "$(package 1)"
	work Worker a
	wait_until 5 busy
	thespian-director load hello
	thespian-director unload hello@1 > unloaded 2>&1 3>&- &
	unload=$!
	wait_until 5 finishing
	thespian-director rollback hello
	status=0
	wait "$unload" || status=$?
	[ "$status" -eq 1 ]
	[[ "$(cat unloaded)" == *"cannot unload 'hello@1': it was made active again meanwhile" ]]
	go a
	wait_until 10 done_are "a 1"
	versions_are "2 1"
}

@test "F134: Drain: a number of seconds, or refused with its place" {
	for value in -1 86401 '"10"' 1.5 true; do
		write_source src Greeter x
		printf '{ "Drain": %s }\n' "$value" > src/hello.tli
		run thespian-director gensrc --key alice.sec --version 9 hello src
		[ "$status" -eq 1 ]
		[ "$output" = "thespian-director: src/hello.tli:1:3: a number from 0 to 86400 is expected" ]
	done
	printf '{ "Drain": 0 }\n' > src/hello.tli
	thespian-director gensrc --key alice.sec --version 9 hello src
}
