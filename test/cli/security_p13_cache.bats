#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P13: a file in the build cache that is not what was built. It is built again, with a warning; a cache that others can
# write to is not used at all.
# shellcheck disable=SC2154,SC2016 # common and deploy set them; what is evaluated later

load common
load deploy
setup() {
	deploy_setup
	own_builds
	pack 1
	thespian-director load hello > /dev/null
	thespian-director shutdown > /dev/null
	module=$(find "$XDG_CACHE_HOME/thespian" -name '*.so')
	[ -f "$module" ]
	cp "$module" good.so
}
teardown() { tsp_teardown; }

# again: the system starts anew, and its actor answers as it did.
again() {
	: > "$THESPLOG_FILE"
	thespian-director start > /dev/null
	[ "$(answers)" = 1 ]
}

warned() {
	grep -q "$1" "$THESPLOG_FILE"
}

@test "P13: from the cache, where it is what was built: no warning" {
	inode=$(stat -c %i "$module")
	again
	[ "$(stat -c %i "$module")" = "$inode" ]
	run ! warned "building it again"
}

@test "P13: overwritten: one bit, by another module, cut, emptied: built again and told" {
	printf 'int other;\n' | "$TSP_CC" -shared -fPIC -x c -o other.so -
	for way in 'flip "$module" 5000' 'cp other.so "$module"' 'truncate -s 3000 "$module"' ': > "$module"'; do
		eval "$way"
		again || { echo "$way"; return 1; }
		warned "building it again" || { echo "$way"; cat "$THESPLOG_FILE"; return 1; }
		cmp "$module" good.so
		thespian-director shutdown > /dev/null
	done
}

@test "P13: its hash removed or changed: built again" {
	sum=${module%.so}.sum
	[ -f "$sum" ]
	rm "$sum"
	again
	cmp "$module" good.so
	[ -f "$sum" ]
	thespian-director shutdown > /dev/null
	sed -i 's/^hash ./hash 0/' "$sum"
	flip "$module" 5000
	again
	cmp "$module" good.so
}

@test "P13: a cache that others may write to is not used: nothing starts by it" {
	chmod 0777 "$XDG_CACHE_HOME/thespian"
	run --separate-stderr thespian-director start
	[ "$status" -ne 0 ]
	[[ $stderr == *"$XDG_CACHE_HOME/thespian"* ]]
	chmod 0700 "$XDG_CACHE_HOME/thespian"
	again
	thespian-director shutdown > /dev/null
	mv "$XDG_CACHE_HOME/thespian" elsewhere
	ln -s "$PWD/elsewhere" "$XDG_CACHE_HOME/thespian"
	run thespian-director start
	[ "$status" -ne 0 ]
	rm "$XDG_CACHE_HOME/thespian"
	again
}
