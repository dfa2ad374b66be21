#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Listening in costs the admin at most one instruction in twenty at 100,000 messages a second, and nothing when nobody
# does, or has done before; hosts know nothing of it: counted, in invented time, so that it is the same on every machine.

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${TSP_BUILDDIR:=$TSP_SRCDIR}"

setup() {
	command -v valgrind > /dev/null || skip "no valgrind"
	program=$TSP_BUILDDIR/test/bench/listen
	[ -x "$program" ] || skip "test/bench/listen is not built"
	! grep -qa __asan_init "$program" || skip "a build with sanitizers"
}

# count WHOM COUNT FUNCTION...: instructions within the functions for so many messages.
count() {
	local whom=$1 messages=$2
	shift 2
	"$TSP_BUILDDIR/libtool" --mode=execute valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"${@/#/--toggle-collect=}" "$program" "$whom" "$messages" 2>&1 |
		sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
}

# own WHOM COUNT FUNCTION: without the C library's, whose strncmp takes longer where a text crosses a page's end.
own() {
	"$TSP_BUILDDIR/libtool" --mode=execute valgrind --tool=callgrind \
		--callgrind-out-file="$BATS_TEST_TMPDIR/own" --toggle-collect="$3" "$program" "$1" "$2" > /dev/null 2>&1
	callgrind_annotate --threshold=100 "$BATS_TEST_TMPDIR/own" 2> /dev/null |
		awk '/:.*bench\/listen\]$/ { gsub(",", "", $1); sum += $1 } END { print sum + 0 }'
}

# cost WHOM COUNT: within the admin.
cost() {
	count "$1" "$2" admin_receive admin_tick
}

# more WHOM: instructions a message, in thousandths of what it costs unheard; the beginning is taken out.
more() {
	echo $((($(cost "$1" 60000) - $(cost "$1" 10000)) * 1000 / off))
}

@test "an open trace costs at most 5 % more instructions, whatever it is about" {
	off=$(($(cost off 60000) - $(cost off 10000)))
	[ "$off" -gt 1000000 ]
	for whom in all actor class; do
		more=$(more "$whom")
		echo "$whom: $more of 1000, of $((off / 50000)) instructions a message"
		[ "$more" -le 1050 ]
	done
}

@test "a trace that has ended costs nothing, and a host none at all" {
	off=$(($(cost off 60000) - $(cost off 10000)))
	[ "$off" -gt 1000000 ]
	more=$(more ended)
	echo "ended: $more of 1000"
	[ "$more" -le 1001 ]

	host=$(own off 20000 stage_receive)
	[ "$host" -gt 1000000 ]
	for whom in ended default actor; do
		now=$(own "$whom" 20000 stage_receive)
		echo "$whom: $now instructions of a host, $host unheard"
		[ "$now" -eq "$host" ]
	done
}
