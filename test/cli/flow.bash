# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Loaded, behind common, by flow_*.bats and status_*.bats: a system with the actors of flow_actors.c.
# shellcheck disable=SC2154 # common sets them

# flow_setup [CAPABILITIES]: a module, no system yet but where capabilities are given.
flow_setup() {
	tsp_setup
	mkdir modules
	export THESPIAN_PATH=$dir/modules
	compile_module modules/flow.so "$TSP_SRCDIR/test/cli/flow_actors.c"
}

flow_teardown() {
	local pid
	for pid in $(tsp_processes); do
		kill -CONT "$pid" 2>/dev/null || true
	done
	thespian-shell -p "$port" --timeout 10 -c stop > /dev/null 2>&1 3>&- || true
	tsp_teardown
}

# system [CAPABILITIES [BASE]]: starts one.
system() {
	thespian-admin --port "$port" --base "${2:-multiprocTCPBase}" --capabilities "${1:-"{}"}" > /dev/null 3>&-
}

shell() {
	thespian-shell -p "$port" "$@" 3>&-
}

# actor CLASS NAME: creates one under a global name.
actor() {
	shell -c "create flow:$1 --name $2" > /dev/null
}

# figure NAME MEMBER: a number of an actor's report. A question may be refused, too, where bounds are tiny.
figure() {
	local try answer
	for try in {1..500}; do
		answer=$(shell --timeout 60 --json -c "ask $1 Report {}" 2>/dev/null) && jq -e ".$2" <<< "$answer" && return
		sleep 0.01
	done
	echo "no report of $1 after $try tries" >&2
	return 1
}

# flood FROM TO COUNT: returns when it is done; told again as long as the order itself is refused.
flood() {
	wait_until 60 shell --timeout 60 -c "ask $1 Flood {\"to\": {\"\$address\": \"$(address "$2")\"}, \"count\": $3}"
}

# counter NAME: a number of the system's status.
counter() {
	shell --json -c status | jq -e ".counters.$1"
}

# entry NAME MEMBER: what the list of actors says of one.
entry() {
	shell --json -c actors | jq ".actors[] | select(.name == \"$1\") | .$2"
}

# address NAME
address() {
	entry "$1" address | tr -d '"'
}

# Everything that was sent has ended: what was got, and what came back, are what was sent.
settled() {
	local name sent=0 ended=0
	for name; do
		sent=$((sent + $(figure "$name" sent)))
		ended=$((ended + $(figure "$name" got) + $(figure "$name" poisoned)))
	done
	[ "$sent" -eq "$ended" ]
}

# Creates shared actors until two live in one host, $first and $second.
shared_pair() {
	local i pair
	for i in {1..65}; do
		actor Shared "S$BASHPID-$i"
		pair=$(shell --json -c actors | jq -r '[.actors[] | select(.shared)] | group_by(.host)[] |
			select(length == 2) | map(.name) | join(" ")' | head -n 1)
		[ -z "$pair" ] || break
	done
	# shellcheck disable=SC2034 # for the tests
	read -r first second <<< "$pair"
	[ -n "$second" ]
}
