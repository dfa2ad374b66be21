#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Listening in costs the admin at most one instruction in twenty at 100,000 messages a second, and nothing when nobody
# does: counted, in invented time, so that it is the same on every machine.

bats_require_minimum_version 1.5.0

: "${TSP_SRCDIR:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${TSP_BUILDDIR:=$TSP_SRCDIR}"

setup() {
	command -v valgrind > /dev/null || skip "no valgrind"
	program=$TSP_BUILDDIR/test/bench/listen
	[ -x "$program" ] || skip "test/bench/listen is not built"
	! grep -qa __asan_init "$program" || skip "a build with sanitizers"
}

# cost WHOM COUNT: instructions within the admin for so many messages.
cost() {
	"$TSP_BUILDDIR/libtool" --mode=execute valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--toggle-collect=admin_receive --toggle-collect=admin_tick "$program" "$1" "$2" 2>&1 |
		sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
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
