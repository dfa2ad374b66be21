#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# graph: actors and what goes between them, for Graphviz, Mermaid and programs.
# shellcheck disable=SC2154,SC2016,SC1003 # common and flow set them; $ is JSON

load common
load flow

setup() {
	flow_setup
	system
}
teardown() {
	flow_teardown
}

# drawn FILE ARGUMENT...: a graph of a time in which One sends to Two.
drawn() {
	local file=$1
	shift
	thespian-shell -p "$port" "$@" > "$file" 3>&- &
	wait_until 10 traces_run
	shell -c "ask One Flood {\"to\": {\"\$address\": \"$(address Two)\"}, \"count\": 7}" -c 'ask One Child {}' > /dev/null
	kill -INT "$!"
	wait "$!"
}

traces_run() {
	[ "$(counter traces)" -eq 1 ]
}

@test "nodes, parents and messages, as JSON and as Graphviz" {
	actor Flow One
	actor Flow Two
	shell -c 'ask One Child {}' > /dev/null
	drawn graph.json --json -c 'graph --for 60'
	jq -e '[.nodes[].name] | map(select(. != null)) | sort == ["One", "Two"]' graph.json
	jq -e '(.nodes | length) == 3' graph.json
	jq -e '(.nodes[] | select(.name == "One").address) as $one | (.nodes[] | select(.name == "Two").address) as $two |
		any(.edges[]; .from == $one and .to == $two and .messages == 7) and
		any(.edges[]; .from == null and .to == $one and .messages >= 2) and
		any(.nodes[]; .parent == $one)' graph.json
	drawn graph.dot -c 'graph --for 60'
	[ "$(head -n 1 graph.dot)" = 'digraph thespian {' ]
	[ "$(tail -n 1 graph.dot)" = '}' ]
	grep -qE '^	n[0-9] \[label="Flow\\nOne\\n#[0-9]+"\];$' graph.dot
	grep -qE '^	n[0-9] -> n[0-9] \[label="7"\];$' graph.dot
	grep -qE '^	n[0-9] -> n[0-9] \[style=dashed, arrowhead=none\];$' graph.dot
	grep -qE '^	n[0-9] \[label="outside", shape=ellipse\];$' graph.dot
	if command -v dot > /dev/null; then dot -Tsvg graph.dot > /dev/null; fi
}

@test "hostile names stay within their quotes in both formats" {
	actor Flow '"x\"];evil[label=\"\\\\"'
	actor Flow '"<b>`%%{init}%% #35;"'
	run --separate-stderr shell -c 'graph --for 0.1'
	[ "$status" -eq 0 ]
	grep -qF '\nx\"];evil[label=\"\\' <<< "$output"
	if command -v dot > /dev/null; then dot -Tsvg <<< "$output" > /dev/null; fi
	run --separate-stderr shell -c 'graph --for 0.1 --format mermaid'
	[ "${lines[0]}" = 'graph LR' ]
	grep -qF '<br/>x#34;#93;#59;evil#91;label#61;#34;#92;' <<< "$output"
	grep -qF '<br/>#60;b#62;#96;#37;#37;#123;init#125;#37;#37; #35;35#59;<br/>' <<< "$output"
	run --separate-stderr shell -c 'graph --format png'
	[ "$status" -eq 2 ]
	[ "$stderr" = "thespian-shell: cannot use 'png' for '--format': neither dot nor mermaid" ]
}
