#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# P6: names that lead out of the tree, are odd, or twins; kinds of entries that are no files. Each is refused even
# though a trusted key signed it.
# shellcheck disable=SC2154 # common and security set them

load common
load deploy
load security
setup() { security_setup; }
teardown() { tsp_teardown; }

# entry NAME: a package of hello 2 with an actor and one file more, of that name.
entry() {
	sign_files odd.tls "$@" 'witness.c=src-2/witness.c'
}

@test "P6: 60 names: status 5, the reason, recorded, nothing changed" {
	count=0
	echo x > file
	# the names below aim at these from where a package is unpacked: cache/thespian/build-N/files
	mkdir cache/thespian/canary cache/canary canary
	while IFS= read -r name; do
		name=${name//DIR/$dir}
		entry "$name=file"
		refused 5 "not a name for a file in a package" thespian-director load odd.tls || {
			echo "name: $name"
			return 1
		}
		run thespian-director tlsinfo odd.tls --contents
		[ "$status" -ne 0 ]
		count=$((count + 1))
	done <<-'END'
	/
	/a
	/etc/passwd
	//a
	///
	a/
	a//b
	a/b/
	a/b//
	.
	..
	./a
	../a
	../../a
	../../canary/a
	../../../canary/a
	../../../../canary/a
	a/../../../canary/a
	DIR/canary/a
	a/.
	a/..
	a/./b
	a/../b
	a/b/..
	a/b/.
	..a/..
	-a
	-rf
	.a
	.git/config
	~a
	~/a
	a b
	 a
	a 
	a\b
	..\a
	\\host\a
	c:a
	c:/a
	con:
	a%00b
	a%00
	%00
	a%0ab
	a%09b
	a%0db
	a%01
	%1b[2J
	a%7f
	%c3%a4
	a%ff
	a*
	a?
	a"
	a'
	a|b
	a<b
	a>b
	a&b
	a;b
	$a
	$(a)
	`a`
	a(b)
	a[b]
	a{b}
	a%25b
	a#b
	a@b
	a!b
	a^b
	a+b
	a,b
	END
	long=$(printf 'a%.0s' {1..121})
	entry "$long=file"
	refused 5 "or its name too long" thespian-director load odd.tls
	[ "$count" -ge 60 ]
	[ -z "$(find cache/thespian/canary cache/canary canary -mindepth 1)" ]
	entry aaa/bbb.c=src-2/witness.c
	refused 6 "" thespian-director load odd.tls # two of one class: what is refused above is the name
	echo 'int other;' > file
	entry a/b-c_d.0.h=file
	then_the_twin_loads "$count" odd.tls
}

@test "P6: twins, also by case, and a file that is another's folder" {
	echo 'int other;' > file
	for pair in 'a.h=file a.h=file' 'A.h=file a.h=file' 'a/B.h=file a/b.h=file' 'a=file a/b.h=file' 'A=file a/b.h=file'; do
		# shellcheck disable=SC2086 # two words
		entry $pair
		refused 5 "" thespian-director load odd.tls || { echo "pair: $pair"; return 1; }
	done
	entry a.h=file b.h=file
	then_the_twin_loads 5 odd.tls
}

# set_mode HEX4: of the last entry, in the upper half of the central header's attributes, as a little-endian number.
set_mode() {
	local at
	at=$(LC_ALL=C grep -obUaP 'PK\x01\x02' crafted.zip | tail -n 1 | cut -d : -f 1)
	printf '%b' "\\x${1:2:2}\\x${1:0:2}" | dd of=crafted.zip bs=1 seek=$((at + 40)) conv=notrunc status=none
	sign_zip crafted.zip odd.tls
}

@test "P6: links, devices, pipes, sockets, folders, and files that are more than that" {
	echo 'int other;' > file
	entry a.h=file
	for mode in a1ff a1a4 21a4 61a4 11a4 c1a4 41ed 8fed 85ed 81ff 81b6 0000 01a4; do
		set_mode "$mode"
		refused 5 "" thespian-director load odd.tls || { echo "mode: $mode"; return 1; }
	done
	set_mode 81a4
	then_the_twin_loads 13 odd.tls
}
