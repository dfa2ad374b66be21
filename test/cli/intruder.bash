# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of what a hostile actor (intruder.c) may not: after `load common`. Two groups have one each, under the
# group's name.
# shellcheck disable=SC2154 # common sets them

intruder_setup() {
	tsp_setup
	own_builds
	[ "$EUID" -ne 0 ] || chmod 0711 "$dir" # what is below is as it would be in root's home
	mkdir -m 0777 open
	make_key alice
	mkdir src
	cp "$TSP_SRCDIR/test/cli/intruder.c" src/
	group intruder 1
	group other 1
}

# group NAME VERSION: the intruder as a source of its own, its actor under the group's name.
group() {
	echo "{ \"Actors\": { \"Intruder\": { \"OnLoad\": { \"Role\": \"main\", \"GlobalName\": \"$1\" } } } }" \
		> "$THESPIAN_DIRECTOR_DIR/$1.tli"
	echo "/* $1 $2 */" > src/version.h
	thespian-director gensrc --key alice.sec --version "$2" "$1" src > /dev/null
}

start() {
	thespian-director start > /dev/null 3>&-
}

load_groups() {
	thespian-director load intruder > /dev/null
	thespian-director load other > /dev/null
}

shell() {
	timeout 60 thespian-shell -p "$port" "$@" 3>&-
}

# ask ACTOR TYPE VALUE: the answer as JSON.
ask() {
	shell --json -c "ask $1 $2 $3"
}

actors() {
	shell --json -c actors
}

# pid_of CLASS: the host of the only actor of that class.
pid_of() {
	actors | jq ".actors[] | select(.class == \"$1\") | .pid"
}

user_of() {
	stat -c %U "/proc/$1"
}
