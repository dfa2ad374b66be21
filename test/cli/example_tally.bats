#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# share/example/tally: a leader, its workers, and one of them that dies.
# shellcheck disable=SC2154 # example sets them

load common
load example

setup() {
	example_setup
	mkdir words
	echo "one two two" > words/a
	echo "three two" > words/b
	mkdir words/c
	echo "six" > words/c/d
}
teardown() { tsp_teardown; }

@test "tally: the words of all files below a folder" {
	deploy tally
	run shell_json "ask Tally Count {\"folder\": \"$dir/words\"}"
	json '.value == {"version": 1, "files": 3, "words": 6}'
}

@test "tally: version 2 names the most frequent ones, version 3 goes on without the worker that crashed" {
	deploy tally
	cp -r "$examples/tally" tally
	chmod -R u+w tally
	examples=$dir
	sed -i 's/TALLY_VERSION 1/TALLY_VERSION 2/' tally/version.h
	deploy tally 2
	run shell_json "ask Tally Count {\"folder\": \"$dir/words\"}"
	json '.value.version == 2 and .value.words == 6 and .value.top[0] == ["two", 3]'
	sed -i 's/TALLY_VERSION 2/TALLY_VERSION 3/' tally/version.h
	deploy tally 3
	run shell_json "ask Tally Count {\"folder\": \"$dir/words\"}"
	json '.value.version == 3 and (.value.failed | length) == 1 and (.value.failed[0] | contains("signal 6"))'
	run shell_json "ask Tally Count {\"folder\": \"$dir/words/c\"}"
	json '.value.files == 1'
}
