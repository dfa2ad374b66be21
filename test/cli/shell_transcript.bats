#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each command as it is typed in a terminal, which tmux plays, and as a line of -c: the same text, the same verdict.
# shellcheck disable=SC2154,SC2016 # common sets them; $ is JSON

load common
load shell

# What is typed, in order. PACKAGE stands for a file, HASH for what it is loaded as, CHILD for what Parent made,
# RECORD for a file that is not there yet.
transcript() {
	cat <<-'END'
	start
	addresses
	help
	help ask
	info
	address 127.0.0.1:1
	create echo:Echo --name Parent
	create echo:Echo --name Other
	create echo:Unwilling
	ask Parent make
	ask Other {"a": [1, 2.5, null, "b"]}
	ask Other Greet {"name": "Ada"}
	ask Other fail
	poison
	poison show 1
	poison retry 1
	poison drop --all
	ask Nobody hello
	ask Other {"a": }
	dead
	dead show 1
	dead send x
	tell Other mute
	listen 0.1
	listen x
	events off
	together off
	status Other
	status Nobody
	tree Parent
	actors
	actorCount
	capability Room 7
	capability Room
	assert . 7
	wait --for name Other
	wait --for actors Nobody > 3 --timeout 0.1
	repeat 2 0 ask Other again
	capability Room --remove
	capability Room
	convention
	set_thesplog Other warning no no
	use_simple_source_authority
	load PACKAGE
	load none.tls
	sources
	unload HASH
	create_testActor
	report_exit Parent CHILD
	top --once
	waits
	log Other --for 0.1
	trace Other --for 0.1
	graph --for 0.1
	graph --for 0.1 --format mermaid
	record Other RECORD --for 0.1
	replay RECORD
	replay none.jsonl
	restart Other
	restart Nobody
	kill CHILD
	kill Other
	kill Other
	nonsense
	ask
	stop
	exit
	END
}

setup() {
	command -v tmux > /dev/null || skip "no tmux"
	tsp_setup
	export LANG=C.UTF-8
	shell_module
	make_key alice
	write_source src Greeter one
	package=$(thespian-director --json gensrc --key alice.sec --version 1 hello src)
	hash=$(jq -r .hash <<< "$package")
	package=$(jq -r .path <<< "$package")
}

teardown() {
	tmux_teardown
	shell_teardown
}

# What no two systems share: numbers, hence how far apart columns stand, and the order of actors.
normalize() {
	sed -E -e 's/\t/  /g' -e 's/(typed|given)\.jsonl/file/g' -e 's/@[0-9a-f]+\.[0-9a-f]+/@A/g' -e 's/#[0-9]+/#N/g' -e 's/[0-9]+(\.[0-9]+)?/9/g' -e 's/  +/  /g' \
		-e 's/ +$//' -e 's/(Started here +)(yes|no)/\1either/' | grep -v '^$' | sort
}

# line_of LINE: with what the words in capitals stand for.
line_of() {
	local line=${1//PACKAGE/$package}
	line=${line//HASH/$hash}
	line=${line//RECORD/$record.jsonl}
	echo "${line//CHILD/${child:-}}"
}

# note_child TEXT: the child that Parent made, of the system that is asked.
note_child() {
	[[ ! $1 =~ \"\$address\":\ *\"(@[0-9a-f.]+)\" ]] || child=${BASH_REMATCH[1]}
}

# given LINE: what a shell says that runs it alone. Which addresses it has seen is a session's own.
given() {
	if [[ $1 == addresses ]]; then
		thespian-shell -p "$port" -c start -c addresses 2>&1 3>&- 9<&- | tail -n +2
	elif [[ $1 == assert* ]]; then # of what the line before says
		thespian-shell -p "$port" -c 'capability Room' -c "$1" 2>&1 3>&- 9<&- | tail -n +2
	else
		thespian-shell -p "$port" -c "$1" 2>&1 3>&- 9<&-
	fi
}

@test "what is typed in a terminal and what -c runs is the same, command by command" {
	tmux_shell "thespian-shell -p $port"
	mkdir typed given
	transcript > lines
	number=0
	record=typed
	while IFS= read -r -u 9 line; do
		number=$((number + 1))
		text=$(typed "$(line_of "$line")" | grep -vE '^undo: |; its port: ' || true)
		note_child "$text"
		printf '%s\n' "$line" "$text" > "typed/$number"
	done 9< lines
	number=0
	child=
	record=given
	while IFS= read -r -u 9 line; do
		number=$((number + 1))
		text=$(given "$(line_of "$line")") || true
		note_child "$text"
		printf '%s\n' "$line" "$text" > "given/$number"
	done 9< lines
	for file in typed/* given/*; do
		normalize < "$file" > "$file.plain"
	done
	different=0
	for number in $(seq "$(wc -l < lines)"); do
		diff "typed/$number.plain" "given/$number.plain" || different=$((different + 1))
	done
	[ "$different" -eq 0 ]
}

@test "there is a transcript of every command" {
	transcript > lines
	for name in $(thespian-shell -c help | awk '{ print $1 }'); do
		case $name in
		quit) ;; # exit by another name
		*) grep -qE "^$name( |\$)" lines || {
			echo "no line of: $name"
			missing=1
		} ;;
		esac
	done
	[ -z "${missing:-}" ]
}
