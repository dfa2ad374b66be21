#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/hello, from the folder to its answer.
# shellcheck disable=SC2154 # example sets them

load common
load example
setup() { example_setup; }
teardown() { tsp_teardown; }

@test "hello: a map and a plain text are greeted, and counted" {
	deploy hello
	[ "$(shell 'ask Greeter Greet {"name": "Ada"}' | tr -d ' \n')" = 'Greeting{"nth":1,"hello":"Ada"}' ]
	run shell_json 'ask Greeter "Bob"'
	json '.value.hello == "Bob" and .value.nth == 2'
}
