#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P11: neither the environment nor a package says what is compiled how, but for a list of what is allowed.
# shellcheck disable=SC2154,SC2016 # common and security set them; $ is meant

load common
load deploy
load security
setup() { security_setup; }
teardown() { tsp_teardown; }

# evil_environment: every variable that a compiler, a linker or a loader listens to leads to what leaves a trace.
evil_environment() {
	mkdir -p evil/include evil/bin
	printf '#error of the environment\n' | tee evil/include/thespian.h evil/include/string.h > evil/include/stdio.h
	for program in cc gcc c99 ld as cc1 clang pkg-config; do
		printf '#!/bin/sh\ntouch %s/trace\nexit 1\n' "$dir" > "evil/bin/$program"
		chmod 755 "evil/bin/$program"
	done
	cat <<-END
	PATH=$PWD/evil/bin:$PATH
	CC=$PWD/evil/bin/cc
	CFLAGS=-fplugin=$PWD/evil/plugin.so
	CPPFLAGS=-DEVIL
	LDFLAGS=-Wl,-rpath,/tmp
	CPATH=$PWD/evil/include
	C_INCLUDE_PATH=$PWD/evil/include
	GCC_EXEC_PREFIX=$PWD/evil/bin/
	COMPILER_PATH=$PWD/evil/bin
	LIBRARY_PATH=$PWD/evil
	PKG_CONFIG_PATH=$PWD/evil
	DEPENDENCIES_OUTPUT=$dir/trace
	SUNPRO_DEPENDENCIES=$dir/trace
	GCC_COMPARE_DEBUG=-DEVIL
	TMPDIR=$dir/nowhere
	LANG=de_DE.UTF-8
	END
}

@test "P11: a hostile environment of the system and of the command changes nothing" {
	thespian-director shutdown > /dev/null
	rm -r "$XDG_CACHE_HOME/thespian"
	mapfile -t evil < <(evil_environment)
	env "${evil[@]}" "$TSP_BUILDDIR/bin/thespian-director" start > /dev/null
	[ "$(answers)" = 1 ]
	env "${evil[@]}" "$TSP_BUILDDIR/bin/thespian-director" load hello-2.tls > /dev/null
	[ "$(answers)" = 2 ]
	[ ! -e trace ]
}

# manifest MEMBERS: source.json of hello 2 with these.
manifest() {
	printf '{"group": "hello", "version": "2", "runtime": 1%s}\n' "$1" > manifest
	sign_files manifest.tls witness.c=src-2/witness.c
}

@test "P11: what source.json may not say: status 5 each, recorded, nothing changed" {
	count=0
	while IFS= read -r members; do
		members=${members//DIR/$dir}
		manifest ", $members"
		refused 5 "" thespian-director load manifest.tls || { echo "accepted: $members"; return 1; }
		count=$((count + 1))
	done <<-'END'
	"flags": ["-fplugin=x.so"]
	"cflags": "-DX"
	"compiler": "/tmp/cc"
	"standard": "-fplugin=x.so"
	"standard": "c17 -fplugin=x.so"
	"standard": "c17;id"
	"standard": ["c17"]
	"definitions": {"A B": 1}
	"definitions": {"-fplugin": "x"}
	"definitions": {"A=1 -fplugin": "x"}
	"definitions": {"": 1}
	"definitions": ["-Wl,-rpath,/tmp"]
	"libraries": ["-lz"]
	"libraries": ["--cflags"]
	"libraries": ["../zlib"]
	"libraries": ["/usr/lib/zlib.pc"]
	"libraries": ["zlib -Wl,-rpath,/tmp"]
	"libraries": ["zlib;id"]
	"libraries": ["$(id)"]
	"sources": ["../witness.c"]
	"sources": ["-oDIR/x"]
	"sources": ["@witness.c"]
	"sources": ["nothing.c"]
	"Executable": ["../a"]
	"Executable": ["nothing"]
	"runtime": 1
	"Group": "x"
	"Group": {"Actors": {"a:b": {}}}
	END
	[ ! -e x ]
	manifest ', "standard": "c11", "definitions": {"NAME": "\"-fplugin=x.so $(id) `id`\"", "N": 2}, "sources": ["witness.c"],
		"Group": {"Actors": {"Witness": {"OnLoad": {"GlobalName": "Hello"}}}}'
	then_the_twin_loads "$count" manifest.tls
}
