#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The same input gives the same bytes.

load common
load deploy
setup() {
	deploy_setup
	witness_source "first" 1
	mkdir -p first/sub
	echo 'int other(void);' > first/sub/other.h
	# the same again: made in another order, at another time, with other rights
	mkdir -p "second one/sub"
	cp first/sub/other.h "second one/sub"
	cp first/hello.tli first/witness.c "second one"
	chmod 600 "second one/witness.c"
	touch -d '2001-02-03 04:05:06' "second one/witness.c" "second one/sub/other.h"
}
teardown() { tsp_teardown; }

zip_of() {
	thespian-director tlsinfo "$PWD/$1" --extract "out-$1" > /dev/null
	mv "out-$1"/*.zip "$1.zip"
}

@test "in two folders, at two times, with the same version: the zips are the same" {
	thespian-director gensrc --key alice.sec --version 1 -o a.tls hello first
	SOURCE_DATE_EPOCH=1000000000 TZ=Asia/Tokyo thespian-director gensrc --key alice.sec --version 1 -o b.tls hello "$PWD/second one/"
	zip_of a.tls
	zip_of b.tls
	cmp a.tls.zip b.tls.zip
	run cmp a.tls b.tls
	[ "$status" -eq 1 ]
}

@test "with the same key and SOURCE_DATE_EPOCH: the files are the same" {
	export SOURCE_DATE_EPOCH=1700000000
	thespian-director gensrc --key alice.sec --version 1 -o a.tls hello first
	(umask 077 && cd "second one" && LC_ALL=C thespian-director gensrc --key ../alice.sec --version 1 -o ../b.tls hello .)
	cmp a.tls b.tls
	[ "$(hash_of "$PWD/a.tls")" = "$(hash_of "$PWD/b.tls")" ]
}

@test "W4: another version, or one byte more, is another hash" {
	export SOURCE_DATE_EPOCH=1700000000
	thespian-director gensrc --key alice.sec --version 1 -o a.tls hello first
	thespian-director gensrc --key alice.sec --version 2 -o b.tls hello first
	echo >> first/witness.c
	thespian-director gensrc --key alice.sec --version 1 -o c.tls hello first
	[ "$(for f in a b c; do hash_of "$PWD/$f.tls"; done | sort -u | wc -l)" = 3 ]
}
