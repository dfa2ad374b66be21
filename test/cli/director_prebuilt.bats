#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A module that travels in its package is used where it fits, and is judged as one that was built.
# shellcheck disable=SC2154,SC2034,SC2016,SC2103 # common and bats set them; jq has variables, too

load common
load deploy
load prebuilt
setup() { prebuilt_setup; }
teardown() { tsp_teardown; }

@test "F129: gensrc --prebuilt puts the module in, and tlsinfo says what it is" {
	build 1
	run thespian-director --json tlsinfo hello-1.tls
	json --arg target "$target" '.prebuilt | length == 1 and .[0].target == $target and .[0].fits
		and .[0].abi == 1 and (.[0].needed | index("libc.so.6") != null) and (.[0].compiler | length > 0)'
	hash=$(jq -r '.prebuilt[0].hash' <<< "$output")
	take_apart hello-1.tls
	[ "$(b2sum -l 256 "out/prebuilt/$target/module.so" | cut -d ' ' -f 1)" = "$hash" ]
	run thespian-director tlsinfo hello-1.tls
	[[ $output == *"Prebuilt modules"*"$target"*"${hash:0:12}"*yes* ]]
}

@test "with the same key and SOURCE_DATE_EPOCH it gives the same file" {
	export SOURCE_DATE_EPOCH=1000000000
	build 1 -o "$PWD/a.tls"
	mkdir -p there
	cp -r src "there/other folder"
	(cd there && umask 077 && TMPDIR=$PWD TZ=Asia/Tokyo thespian-director gensrc --key ../m.sec --version 1 --prebuilt \
		-o ../b.tls hello "other folder")
	cmp a.tls b.tls
}

@test "without --prebuilt there is none, and what does not compile is status 6 with it, too" {
	thespian-director gensrc --key m.sec --version 1 hello src
	run thespian-director --json tlsinfo hello-1.tls
	json '.prebuilt == []'
	echo 'int x = ;' > src/bad.c
	refused 6 "cannot package 'hello': " thespian-director gensrc --key m.sec --version 2 --prebuilt hello src
	[ ! -e "$(package 2)" ]
}

@test "source.json may not say that there is one" {
	build 1
	take_apart hello-1.tls
	jq '{prebuilt}' out/source.json > src/source.json
	refused 1 "'prebuilt' is made by --prebuilt" thespian-director gensrc --key m.sec --version 2 hello src
}

@test "a load uses it, and again from the cache after a restart" {
	build 1
	thespian-director load hello
	[ "$(answers)" = 1 ]
	[ "$(source_of 1 .prebuilt)" = true ]
	[ "$(source_of 1 .module_hash)" = "$(thespian-director --json tlsinfo hello-1.tls | jq -r '.prebuilt[0].hash')" ]
	thespian-director shutdown
	thespian-director start
	[ "$(answers)" = 1 ]
	[ "$(source_of 1 .prebuilt)" = true ]
	[ "$(find "$XDG_CACHE_HOME/thespian" -name '*.so' | wc -l)" = 1 ]
}

@test "P13: a copy in the cache that was changed is not used, but made anew" {
	build 1
	thespian-director load hello
	thespian-director shutdown
	echo >> "$(find "$XDG_CACHE_HOME/thespian" -name '*.so')"
	thespian-director start
	[ "$(answers)" = 1 ]
	[ "$(source_of 1 .module_hash)" = "$(thespian-director --json tlsinfo hello-1.tls | jq -r '.prebuilt[0].hash')" ]
}

@test "without a compiler it loads; its twin without a module is status 6 by name" {
	needs_namespace
	build 1
	witness_source src 2
	thespian-director gensrc --key m.sec --version 2 -o hello-2.tls hello src > /dev/null
	without_compiler thespian-director start
	thespian-director load hello-1.tls
	[ "$(answers)" = 1 ]
	refused 6 "cannot find a C compiler" thespian-director load hello-2.tls
	[ "$(answers)" = 1 ]
}

# misfit VERSION TEXT: hello-VERSION.tls, whose module does not fit, is built here, and says so by name where that cannot
# be.
misfit() {
	thespian-director shutdown > /dev/null 2>&1 || true
	run thespian-director --json tlsinfo "hello-$1.tls"
	json '[.prebuilt[].fits] | any | not'
	thespian-director load "hello-$1.tls"
	[ "$(answers)" = "$1" ]
	[ "$(source_of "$1" .prebuilt)" = false ]
	thespian-director shutdown
	rm -rf "$THESPIAN_DIRECTOR_DIR/state" "$(package "$1")" "${XDG_CACHE_HOME:?}"/*
	without_compiler thespian-director start
	refused 6 "$2" thespian-director load "hello-$1.tls"
	thespian-director shutdown
}

@test "one for other machines is not used: built here, or a named error" {
	needs_namespace
	build 1
	take_apart hello-1.tls
	rm "$(package 1)"
	mv "out/prebuilt/$target" out/prebuilt/m68k-linux-gnu
	entry '.target = "m68k-linux-gnu"'
	put_together 1
	misfit 1 "the module in the package does not fit: it is for m68k-linux-gnu, this is $target"
}

@test "one for another level of thespian.h is not used: built here, or a named error" {
	needs_namespace
	build 1
	take_apart hello-1.tls
	rm "$(package 1)"
	entry '.abi = 77'
	put_together 1
	misfit 1 "does not fit: it is for level 77 of thespian.h, this is level 1"
}

@test "one whose library is not here is not used: built here, or a named error" {
	needs_namespace
	build 1
	take_apart hello-1.tls
	rm "$(package 1)"
	echo 'int mine(void) { return 1; }' > mine.c
	"$TSP_CC" -shared -fPIC -Wl,-soname,libmine.so.7 -o libmine.so mine.c
	module_flags -Wl,--no-as-needed -L. -lmine
	entry '.needed = ["libc.so.6", "libmine.so.7"]'
	put_together 1
	misfit 1 "does not fit: library 'libmine.so.7' is not here"
}

@test "P12: one that breaks a rule of modules is not used, whoever signed it" {
	needs_namespace
	while IFS='|' read -r flags text; do
		build 1
		take_apart hello-1.tls
		rm "$(package 1)"
		eval "module_flags $flags"
		put_together 1
		misfit 1 "does not fit: $text"
		rm -f "$(package 1)"
	done <<-'END'
	-Wl,-z,execstack|it wants an executable stack
	-Wl,-rpath,/tmp|it says where to look for libraries
	-Wl,--no-as-needed -lz|it needs library 'libz.so.1', which source.json does not name
	END
}

@test "one that is not the file that source.json says: status 5" {
	build 1
	take_apart hello-1.tls
	rm "$(package 1)"
	put_together 1
	thespian-director tlsinfo "$PWD/hello-1.tls"
	cp hello-1.tls honest.tls
	echo >> "out/prebuilt/$target/module.so"
	put_together 1
	refused 5 "is not the module that source.json says it is" thespian-director load hello-1.tls
	rm -r out/prebuilt
	put_together 1
	refused 5 "'prebuilt' has target '$target', but there is no" thespian-director load hello-1.tls
	thespian-director load honest.tls
	[ "$(answers)" = 1 ]
}

@test "--prebuilt-from takes the modules of another package of these sources" {
	build 1
	take_apart hello-1.tls
	mkdir -p out/prebuilt/m68k-linux-gnu
	echo 'of another machine' > out/prebuilt/m68k-linux-gnu/module.so
	jq --arg hash "$(b2sum -l 256 out/prebuilt/m68k-linux-gnu/module.so | cut -d ' ' -f 1)" --arg target "$target" \
		'.prebuilt |= [.[0], .[0]] | .prebuilt[0].target = "m68k-linux-gnu" | .prebuilt[0].hash = $hash' \
		out/source.json > new.json
	mv new.json out/source.json
	put_together 1
	mv hello-1.tls two.tls
	# both, and the one for here is made anew
	thespian-director gensrc --key m.sec --version 3 --prebuilt --prebuilt-from two.tls hello src
	run thespian-director --json tlsinfo hello-3.tls
	json --arg target "$target" '[.prebuilt[].target] == [$target, "m68k-linux-gnu"] and [.prebuilt[].fits] == [true, false]'
	# as they are
	thespian-director gensrc --key m.sec --version 4 --prebuilt-from two.tls hello src
	run thespian-director --json tlsinfo hello-4.tls
	json --arg target "$target" '[.prebuilt[].target] == ["m68k-linux-gnu", $target]'
	thespian-director load hello-4.tls
	[ "$(source_of 4 .prebuilt)" = true ]
}

@test "--prebuilt-from of other sources, of none, or of a stranger is refused, and nothing is written" {
	build 1
	echo '/* another */' >> src/witness.c
	from() {
		refused "$1" "$2" thespian-director gensrc --key m.sec --version 9 --prebuilt-from "$3" hello src
		[ ! -e "$(package 9)" ]
	}
	from 1 "it is of other sources: 'witness.c' differs" hello-1.tls
	witness_source src 1
	echo '#define MORE' > src/more.h
	from 1 "it is of other sources: 'more.h' differs" hello-1.tls
	rm src/more.h
	echo '{"definitions": {"A": 1}}' > src/source.json
	from 1 "'source.json' says otherwise how it is built" hello-1.tls
	rm src/source.json
	thespian-director gensrc --key m.sec --version 2 hello src
	from 1 "there is no module in it" hello-2.tls
	mv "$THESPIAN_DIRECTOR_DIR/m_tls.key" .
	from 5 "not signed by a known key" hello-1.tls
	from 1 "none.tls" none.tls
}
