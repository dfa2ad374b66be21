#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the system and an actor say of themselves: to people, to programs, to actors.
# shellcheck disable=SC2154,SC2016,SC2001 # common sets them; commands for later; sed is as clear

load common
load flow

setup() {
	flow_setup
	system
	actor Flow One
}
teardown() { flow_teardown; }

@test "F147, W43: a status request to an actor: children, counters, and what it is" {
	shell -c 'ask One Child {}' -c 'ask One Child {}' > /dev/null
	run shell --json -c 'status One'
	json '.actor_class == "Flow" and .child_count == 2 and (.child_actors | length) == 2'
	json '.global_name == "One" and .module == "flow" and .exiting == false and .source_hash == null'
	json '.counters.handled == 2 and .counters.sent == 2'
	json '.misc_key_vals | has("actor.instance_created")'
}

@test "F147: a status request to the system: actors, sources, names, counters" {
	run shell --json -c status
	json '.child_count == 1 and .actors == 1 and .host_count == 1 and .global_count == 1'
	json '.in_shutdown == false and .convention_leader == null and .dead_letter_handler == null'
	json '.notify_addresses == [] and .loaded_sources == [] and .received_messages == []'
	json '.counters | .accepted >= 0 and .lost_in_host == 0 and .refused_in_hosts == 0'
	json '.memory > 500000 and .hosts[0].memory > 500000'
}

@test "F148: messages that wait are listed, with the beginning of their text" {
	kill -STOP "$(entry One pid)"
	shell -c 'capability "Host Window Messages" 1'
	for i in 1 2 3; do
		shell -c "tell One Note {\"n\": $i}"
	done
	run shell --json -c status
	json '.pending_count == 2 and .pending_messages[0].text == "Note {\"n\":2}"'
	json '.pending_messages[0].age_ms >= .pending_messages[1].age_ms'
	run shell -c status
	[[ $output == *'Pending Messages [2]:'* ]]
	[[ $output =~ '--> @'.*':  Note {"n":2}' ]]
	kill -CONT "$(entry One pid)"
}

@test "F148: wake-ups, deferred messages and the mark of a watch" {
	shell -c 'ask One Wake {"count": 2}' -c 'tell One Defer {"until": "never"}' > /dev/null
	run shell --json -c 'status One'
	json '.wakeup_count == 2 and (.pending_wakeups | length) == 2 and .pending_wakeups[0].due_ms > 3000000'
	json '.received_count == 1 and .received_messages[0].text == "Defer {\"until\":\"never\"}"'
	[ "$(entry One kept)" -eq 1 ]
	run shell -c 'status One'
	[[ $output == *'Pending Wakeups [2]:'* ]]
	[[ $output == *'Received Messages [1]:'* ]]
}

@test "F148: messages to a target that is to be spared are listed with their sender" {
	shell -c 'capability "Mailbox Messages" 1'
	actor Flow Sink
	sink=$(entry Sink pid)
	kill -STOP "$sink"
	shell -c "tell One Flood {\"to\": {\"\$address\": \"$(address Sink)\"}, \"count\": 3000}"
	shell -c "tell One Flood {\"to\": {\"\$address\": \"$(address Sink)\"}, \"count\": 7}"
	listed() {
		run shell --json -c 'status One'
		json '.pending_count >= 7 and (.pending_messages[0].text | startswith("Drop {"))'
	}
	wait_until 10 listed
	json '.pending_messages | length <= 20'
	kill -CONT "$sink"
}

@test "F148: an actor that exits says so while it waits for its child" {
	child=$(shell -c 'ask One Child {}')
	pid=$(entry One pid)
	[ -n "$child" ]
	shell --json -c actors | jq -r '.actors[] | select(.name != "One") | .pid' | while read -r other; do
		kill -STOP "$other"
	done
	shell -c 'tell One ActorExitRequest {}'
	exiting() {
		shell -c 'status One' | grep -F ' EXITING:'
	}
	wait_until 10 exiting
	kill -CONT "$pid"
}

@test "F149: the printed form has its sections in order, values first, right-aligned and sorted" {
	run shell -c status
	[[ ${lines[0]} == "Status of ActorSystem @ @"*: ]]
	sections=$(grep -oE '^  \|[A-Z][A-Za-z ]+' <<< "$output" | sed 's/^  |//; s/ *$//' | tr '\n' ,)
	[ "$sections" = "Capabilities,Appears to be the Convention Leader,Convention Notifications,Convention Attendees,\
Primary Actors,Rate Governer,Pending Messages,Received Messages,Pending Wakeups,Pending Address Resolution,\
DeadLetter Handler,DeadLetter Addresses,Source Authority,Loaded Sources,Global Actors,Hosts,Host User," ]
	values=$(grep -E '^  \|> +[0-9]+ - ' <<< "$output")
	[ "$(sed -E 's/^(  \|> +[0-9]+) - .*/\1/' <<< "$values" | awk '{ print length }' | sort -u | wc -l)" -eq 1 ]
	[ "$(sed 's/.* - //' <<< "$values")" = "$(sed 's/.* - //' <<< "$values" | LC_ALL=C sort)" ]
	[[ $output == *"  |> "*" - Admin Message Received.Type.StatusReq"* ]]
	run shell -c 'status One'
	[[ ${lines[0]} == "Status of Flow Actor @ @"*: ]]
}

@test "F149: a name with control characters is shown escaped" {
	shell -c 'capability "bell" "\u0007\u001b[31m"'
	run shell -c status
	[[ $output != *$'\a'* ]]
	[[ $output != *$'\e'* ]]
	[[ $output == *'bell: '* ]]
}

@test "an actor asks itself for its status" {
	run shell --json -c 'ask One Yourself {}'
	json '.actorClass == "Flow" and .miscKeyVals."Actor.Message Received.Status Request" == 1'
}

@test "what died inside a shared host is counted" {
	shared_pair
	# in one turn: what the first sends lies before the second, which sleeps at the first of it
	shell -c "tell $first Both {\"to\": {\"\$address\": \"$(address "$second")\"}}"
	wait_until 10 eval '[ "$(entry "$second" busy)" = true ]'
	[ "$(entry "$first" idle)" = false ] # something waits in its host
	[ "$(counter lost_in_host)" -eq 0 ]
	kill -KILL "$(entry "$first" pid)"
	wait_until 10 eval '[ "$(counter hosts_died)" -eq 1 ]'
	[ "$(counter lost_in_host)" -eq 11 ]
}
