#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `verify` judges a package; `verify --rebuild` builds it again and compares with every module that there is of it.
# shellcheck disable=SC2154,SC2034,SC2016,SC2103 # common and bats set them; jq has variables, too

load common
load deploy
load prebuilt
setup() { prebuilt_setup; }
teardown() { tsp_teardown; }

# compared: "WHAT VERDICT", a line each, of $output.
compared() {
	jq -r '.compared[] | "\(.what) \(.verdict)"' <<< "$output" | sort
}

@test "F130, F138: the verdict and the hash, with nothing but ourselves at hand" {
	build 1
	program=$(command -v thespian-director)
	run -0 env PATH=/nowhere "$program" --json verify hello-1.tls
	json '.trusted and .group == "hello" and .version == "1" and (.hash | length == 64) and (.key | length == 16)'
	json --arg hash "$(hash_of hello-1.tls)" '.hash == $hash'
	size=$(stat -c %s "$(package 1)")
	for position in 0 20 90 120 200 400 $((size - 1)); do
		cp "$(package 1)" flipped.tls
		flip flipped.tls "$position"
		refused 5 "cannot trust 'flipped.tls': " env PATH=/nowhere "$program" verify flipped.tls
	done
}

@test "F130: a package of a stranger is status 5, also to rebuild, and says whose it is" {
	build 1
	mv "$THESPIAN_DIRECTOR_DIR/m_tls.key" .
	refused 5 "not signed by a known key" thespian-director verify hello-1.tls
	refused 5 "not signed by a known key" thespian-director verify --rebuild hello-1.tls
	[[ $output == *"Trusted  no"*"hello"* && $output != *Rebuilt* ]]
	refused 1 "none.tls" thespian-director verify none.tls
}

@test "a rebuild is the same as the module inside, in the cache, and the one that runs" {
	build 1
	run -0 thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = 'prebuilt same' ]
	thespian-director load hello
	run -0 thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = $'cache same\nprebuilt same\nrunning same' ]
	json '.rebuilt as $hash | [.compared[].hash] | all(. == $hash)'
	# one that was built here
	witness_source src 2
	thespian-director gensrc --key m.sec --version 2 hello src
	run -0 thespian-director verify --rebuild hello-2.tls
	[[ $output == *"nothing to compare with"* ]]
	thespian-director load hello
	run -0 thespian-director --json verify --rebuild hello-2.tls
	[ "$(compared)" = $'cache same\nrunning same' ]
	# nothing stays of it
	mkdir tmp
	TMPDIR=$PWD/tmp thespian-director verify --rebuild hello-2.tls
	[ -z "$(ls -A tmp)" ]
}

@test "without a home the cache is the one in the system's runtime folder, wherever that is" {
	build 1
	mkdir -m 0700 "$dir/x"
	unset HOME XDG_CACHE_HOME THESPIAN_RUNTIME_DIR
	export XDG_RUNTIME_DIR=$dir/x
	thespian-director load hello
	[ -d "$dir/x/thespian/cache" ]
	run -0 thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = $'cache same\nprebuilt same\nrunning same' ]
	thespian-director shutdown
}

@test "P13: a module in the cache that was changed, with its sum, is found: status 1" {
	build 1
	thespian-director load hello
	cached=$(find "$XDG_CACHE_HOME/thespian" -name '*.so')
	printf 'X' | dd of="$cached" bs=1 seek=$(($(stat -c %s "$cached") - 1)) conv=notrunc status=none
	sed -i "s/^hash .*/hash $(b2sum -l 256 "$cached" | cut -d ' ' -f 1)/" "${cached%.so}.sum"
	run -1 --separate-stderr thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = $'cache differs\nprebuilt same\nrunning same' ]
	[[ $stderr == *"cannot verify 'hello-1.tls': its sources do not build to the module in the cache"* ]]
	# what was put there is what runs after the next start, and that is told, too
	thespian-director shutdown
	thespian-director start
	run -1 --separate-stderr thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = $'cache differs\nprebuilt same\nrunning differs' ]
}

@test "a signed module that its sources do not build to is found: status 1, and which compiler made it" {
	build 1
	take_apart hello-1.tls
	rm "$(package 1)"
	entry '.compiler = "backdoor cc 1.0"'
	module_flags -DBACKDOOR -O0
	put_together 1
	run -1 --separate-stderr thespian-director --json verify --rebuild hello-1.tls
	[ "$(compared)" = 'prebuilt differs' ]
	[[ $stderr == *"do not build to the module in it"*"hint: it was made by another compiler: backdoor cc 1.0"* ]]
}

@test "what does not build is status 6, with the compiler's lines" {
	# the syntax check of gensrc runs no assembler
	echo '__asm__("nonsense");' >> src/witness.c
	thespian-director gensrc --key m.sec --version 1 hello src
	refused 6 "cannot rebuild 'hello-1.tls': " thespian-director verify --rebuild hello-1.tls
	[[ $stderr == *nonsense* ]]
	needs_namespace
	build 2
	refused 6 "cannot rebuild 'hello-2.tls': cannot find a C compiler" \
		without_compiler "$(command -v thespian-director)" verify --rebuild hello-2.tls
}

@test "a module does not tell when, where or for whom it was built" {
	cat >> src/witness.c <<-'END'
	#include "deep/er.h"
	const char *made(void) { return __DATE__ " " __TIME__ " " __TIMESTAMP__ " " __FILE__ " " __BASE_FILE__; }
	const char *below(void) { return er(); }
	END
	mkdir src/deep
	echo 'static inline const char *er(void) { return __FILE__ __TIMESTAMP__; }' > src/deep/er.h
	thespian-director gensrc --key m.sec --version 1 hello src
	run -0 thespian-director --json verify --rebuild hello-1.tls
	first=$(jq -r .rebuilt <<< "$output")
	second=$(date +%s)
	later() { [ "$(date +%s)" -gt "$second" ]; }
	wait_until 5 later
	mkdir -p "there/a longer one" "there/home"
	cd there
	run -0 env HOME="$PWD/home" XDG_CACHE_HOME="$PWD/home/.cache" TMPDIR="$PWD/a longer one" TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
		SOURCE_DATE_EPOCH=12345 sh -c 'umask 077; exec thespian-director --json verify --rebuild hello-1.tls'
	[ "$(jq -r .rebuilt <<< "$output")" = "$first" ]
	cd ..
	thespian-director load hello
	[ "$(source_of 1 .module_hash)" = "$first" ]
	run grep -rlaE "build-[0-9]+-|$dir|$(date +%Y)" "$XDG_CACHE_HOME/thespian" --include='*.so'
	[ -z "$output" ]
}
