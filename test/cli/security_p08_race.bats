#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P8: a file that changes between check and use. What runs is what was verified: the version that the verdict names,
# or none. (Modules that change: security_p13_cache.bats, test/unit/source_module.c.)
# shellcheck disable=SC2154,SC2015 # common and deploy set them; either is well

load common
load deploy
setup() {
	deploy_setup
	own_builds
	pack 1
	thespian-director load hello > /dev/null
	writer=
}
teardown() {
	[ -z "$writer" ] || { touch "$dir/over" && wait "$writer" || true; }
	tsp_teardown
}

# race FILE OTHER...: until file "over" is there, FILE becomes each of the others in turn: by renames, and by writing
# into it.
race() {
	local file=$1
	shift
	(
		until [ -e "$dir/over" ]; do
			for other; do
				cp "$other" "$dir/next" && mv "$dir/next" "$file"
				cat "$other" > "$file"
			done
		done
	) 3>&- &
	writer=$!
}

stop_race() {
	touch "$dir/over"
	wait "$writer" || true
	writer=
	rm "$dir/over"
}

@test "P8: load of a file that is now one version, now another, now damaged" {
	pack_aside 2
	pack_aside 3
	cp hello-3.tls damaged.tls
	flip damaged.tls 900
	cp hello-2.tls target.tls
	race "$dir/target.tls" hello-2.tls damaged.tls hello-3.tls
	loaded=0 refused=0
	for round in {1..300}; do
		[ "$round" -le 30 ] || [ "$loaded" -eq 0 ] || [ "$refused" -eq 0 ] || break
		rm -f "$(package 2)" "$(package 3)"
		run --separate-stderr thespian-director load --allow-downgrade target.tls
		case $status in
		0)
			version=$(cut -d ' ' -f 3 <<< "${lines[0]}")
			[[ ${lines[0]} != *"already active" ]] || version=$(cut -d ' ' -f 2 <<< "${lines[0]}")
			[ "$(answers)" = "$version" ] || { echo "round $round: $output"; return 1; }
			loaded=$((loaded + 1))
			;;
		5) refused=$((refused + 1)) ;;
		*) echo "round $round: status $status $stderr"; return 1 ;;
		esac
	done
	stop_race
	echo "# $loaded loads met a whole package, $refused did not" >&3
	[ "$loaded" -gt 0 ]
	[ "$refused" -gt 0 ]
	for file in "$THESPIAN_DIRECTOR_DIR"/hello-*.tls; do
		thespian-director tlsinfo "$file" > /dev/null
	done
	thespian-director load --allow-downgrade hello-2.tls > /dev/null
	[ "$(answers)" = 2 ]
}

@test "P8: what comes back at a start is the active version, or nothing: never an older one in its place" {
	pack 2
	thespian-director load hello > /dev/null
	two=$(hash_of "$(package 2)")
	thespian-director unload hello@1 > /dev/null
	mv "$(package 1)" one.tls
	cp "$(package 2)" two.tls
	# others of the group make the look at the folder last longer
	head -c 8000000 /dev/urandom > src-1/noise.bin
	for number in {1..6}; do
		thespian-director gensrc --key alice.sec --version "0.$number" hello src-1 '*.c' '*.bin' > /dev/null
	done
	race "$(package 2)" one.tls two.tls
	for round in {1..12}; do
		thespian-director shutdown > /dev/null
		thespian-director start > /dev/null 2>&1 || true
		[ "$(state .active)" = "$two" ] || { echo "round $round: another is active"; return 1; }
		version=$(answers 2> /dev/null) || version=
		[ -z "$version" ] || [ "$version" = 2 ] || { echo "round $round: $version"; return 1; }
	done
	stop_race
	cp two.tls "$(package 2)"
	thespian-director shutdown > /dev/null
	thespian-director start > /dev/null
	[ "$(answers)" = 2 ]
}
