#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion by the way that bash takes: the file is sourced, the function that `complete -p` names is called.

load common
load shell

setup() {
	tsp_setup
	shell_module
}
teardown() { shell_teardown; }

# tab LINE: what bash offers at its end, one a line. The words are cut as bash cuts them.
tab() {
	local name function break=${COMP_WORDBREAKS//[[:space:]\'\"]/}
	COMP_LINE=$1
	COMP_POINT=${#1}
	# a quoted word is one; what breaks words is a word of its own
	mapfile -t COMP_WORDS < <(grep -oE "'[^']*'?|[$break]+|[^[:space:]'$break]+" <<< "$1")
	[[ $1 != *[[:space:]] || ${COMP_WORDS[-1]} == \'* ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	name=${COMP_WORDS[0]##*/}
	# shellcheck source=/dev/null
	source "$TSP_SRCDIR/share/completion/$name"
	function=$(complete -p "$name" | sed -nE 's/.* -F ([^ ]+) .*/\1/p')
	COMPREPLY=()
	"$function" "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}"
}

@test "commands, options, files and values of all three programs" {
	[ "$(tab 'thespian-director keyg')" = keygen ]
	[ "$(tab 'thespian-director keygen --no')" = --no-password ]
	[ "$(tab 'thespian-shell --ti')" = --timeout ]
	[ "$(tab 'thespian-shell -p 1900 --js')" = --json ]
	[ "$(tab 'thespian-admin --for')" = --foreground ]
	[ "$(tab 'thespian-admin --base multiprocU')" = multiprocUDPBase ]
	touch one.tls two.tls
	[ "$(tab 'thespian-director load on')" = one.tls ]
	# its own argument is a file: none are offered here, and bash offers its own
	[ -z "$(tab 'thespian-shell sta')" ]
	[ -z "$(tab 'thespian-director nonsense ')" ]
}

@test "names from the running system, in a line of -c, quoted or not" {
	thespian-shell -p "$port" -c start -c 'create echo:Echo --name Greeter' 3>&-
	[ "$(tab "thespian-shell -p $port -c 'ask Gr")" = 'ask Greeter' ]
	[ "$(tab "thespian-shell --port $port --command 'kill --fo")" = 'kill --force' ]
	[ "$(tab "thespian-shell -p $port -c sta")" = $'start\nstatus' ]
	[ "$(tab "thespian-shell -p $port -c 'create Ec")" = 'create Echo' ]
	[ "$(tab "thespian-shell -p $port -c 'ask \"Gr")" = 'ask "Greeter' ]
}

@test "of a word that bash cuts at a colon or =, the rest is offered" {
	mkdir a:b
	touch a:b/one.tls
	[ "$(tab 'thespian-director load a:b/o')" = b/one.tls ]
}

@test "a program that is not there and hostile words are silent" {
	cd "$dir"
	run tab 'thespian-director $(touch harmed) `touch harmed`; '
	[ ! -e harmed ]
	[ -z "${output//[[:space:]]/}" ]
	PATH=/usr/bin:/bin run tab 'thespian-director keyg'
	[ -z "${output//[[:space:]]/}" ]
}
