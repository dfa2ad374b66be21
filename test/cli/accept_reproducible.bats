#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2030,SC2031 # common sets them, each test its own
# The same input gives the same bytes.

load common
load deploy
setup() {
	deploy_setup
	own_builds
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

# make_world FOLDER: all that one needs to make a package there.
make_world() {
	mkdir -p "$1/home" "$1/tmp" "$1/director"
	mkdir -m 0700 "$1/run"
	cp alice.sec "$1/key.sec"
	cp "$THESPIAN_DIRECTOR_DIR/alice_tls.key" "$1/director"
	cp -r first "$1/the sources"
	cat >> "$1/the sources/witness.c" <<-'END'
	const char *made(void) { return __DATE__ __TIME__ __TIMESTAMP__ __FILE__; }
	END
}

# What each world does, with its own path to the programs in $1: a package with its module, and the module's hash
# when it is built again.
# shellcheck disable=SC2016 # the worlds expand it
in_a_world='
	export THESPIAN_RUNTIME_DIR=$PWD/run HOME=$PWD/home TMPDIR=$PWD/tmp XDG_CACHE_HOME=$PWD/home/cache THESPIAN_DIRECTOR_DIR=$PWD/director
	export SOURCE_DATE_EPOCH=1700000000
	"$1/thespian-director" gensrc --key key.sec --version 1 -o plain.tls hello "the sources" > /dev/null &&
	"$1/thespian-director" gensrc --key key.sec --version 1 --prebuilt -o whole.tls hello "the sources" > /dev/null &&
	"$1/thespian-director" --json verify --rebuild "$PWD/plain.tls" > plain.json &&
	"$1/thespian-director" --json verify --rebuild "$PWD/whole.tls" > whole.json'

# The files, and the modules that they build to, of two worlds.
same_worlds() {
	cmp "$1/plain.tls" "$2/plain.tls"
	cmp "$1/whole.tls" "$2/whole.tls"
	output=$(cat "$1/plain.json" "$1/whole.json" "$2/plain.json" "$2/whole.json")
	json -s '[.[].rebuilt] | unique | length == 1'
	json -s '[.[].compared[] | select(.what == "prebuilt") | .verdict] == ["same", "same"]'
}

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

@test "in two worlds of other folders, programs' paths, users, umasks, locales, time zones and names: the same file and module" {
	world=world
	far="there is/much deeper/world"
	make_world "$world"
	make_world "$far"
	(cd "$world" && umask 022 && LC_ALL=C TZ=UTC sh -c "$in_a_world" sh "$TSP_BUILDDIR/bin")
	# the programs at another path, and the machine under another name, where we may
	programs=$TSP_BUILDDIR/bin
	prefix=(env)
	mkdir "$dir/far programs"
	if unshare -m -u true 2> /dev/null; then
		programs="$dir/far programs/bin"
		prefix=(unshare -m -u sh -c "mount --bind '$TSP_BUILDDIR' '$dir/far programs' && hostname elsewhere && exec \"\$@\"" sh)
	fi
	user=$((40000 + port))
	if [ "$EUID" -eq 0 ] && setpriv --reuid="$user" --regid="$user" --clear-groups test -x "$TSP_BUILDDIR/bin/thespian-host"; then
		chmod 755 "$dir" "$dir/far programs"
		chown -R "$user:$user" "$far"
		prefix+=(setpriv --reuid="$user" --regid="$user" --clear-groups)
	fi
	(cd "$far" && umask 077 && LC_ALL=C.UTF-8 TZ=Pacific/Apia "${prefix[@]}" sh -c "$in_a_world" sh "$programs")
	same_worlds "$world" "$far"
}

# By hand, as root, with Debian and 1 GiB (the folders' names are free):
#	for root in /var/tmp/a /var/tmp/b/c; do
#		debootstrap --variant=minbase --include=gcc,libc6-dev,libsodium23,libjansson4,zlib1g,libuv1,libedit2 bookworm $root
#		make install DESTDIR=$root && chroot $root ldconfig
#	done
#	TSP_ROOTS=/var/tmp/a:/var/tmp/b/c make check TESTS=test/cli/accept_reproducible.bats
@test "in two roots of their own with the same zlib and compiler: the same file and module" {
	[ -n "${TSP_ROOTS:-}" ] || skip "TSP_ROOTS=A:B names no two roots"
	one=${TSP_ROOTS%%:*}/root/world
	two=${TSP_ROOTS#*:}/home/somebody/another
	rm -rf "$one" "$two"
	make_world "$one"
	make_world "$two"
	chown -R 4711:4711 "$two"
	chmod 755 "${two%/another}"
	chroot "${TSP_ROOTS%%:*}" sh -c "cd /root/world && umask 022 && export LC_ALL=C TZ=UTC; $in_a_world" sh /usr/local/bin
	chroot --userspec=4711:4711 "${TSP_ROOTS#*:}" \
		sh -c "cd /home/somebody/another && umask 077 && export LC_ALL=C.UTF-8 TZ=Asia/Tokyo; $in_a_world" sh /usr/local/bin
	same_worlds "$one" "$two"
}
