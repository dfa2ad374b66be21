# SPDX-License-Identifier: MIT
# One harness a parser; in `make check` each replays its corpus.

fuzz_tests = \
	test/fuzz/fuzz_frame \
	test/fuzz/fuzz_json \
	test/fuzz/fuzz_value \
	test/fuzz/fuzz_archive \
	test/fuzz/fuzz_datagram \
	test/fuzz/fuzz_elf \
	test/fuzz/fuzz_package \
	test/fuzz/fuzz_session
fuzz_files = \
	test/fuzz/corpus/frame/big \
	test/fuzz/corpus/frame/done \
	test/fuzz/corpus/frame/envelope \
	test/fuzz/corpus/frame/hello \
	test/fuzz/corpus/frame/runs \
	test/fuzz/corpus/json/big \
	test/fuzz/corpus/json/depth \
	test/fuzz/corpus/json/hidden \
	test/fuzz/corpus/json/kinds \
	test/fuzz/corpus/json/syntax \
	test/fuzz/corpus/value/bomb \
	test/fuzz/corpus/value/deep \
	test/fuzz/corpus/value/encoded \
	test/fuzz/corpus/value/map24 \
	test/fuzz/corpus/value/message \
	test/fuzz/corpus/value/scalars \
	test/fuzz/corpus/archive/deflated \
	test/fuzz/corpus/archive/one \
	test/fuzz/corpus/archive/small \
	test/fuzz/corpus/datagram/acknowledged \
	test/fuzz/corpus/datagram/answer \
	test/fuzz/corpus/datagram/cookie \
	test/fuzz/corpus/datagram/damaged \
	test/fuzz/corpus/datagram/far \
	test/fuzz/corpus/datagram/greeting \
	test/fuzz/corpus/datagram/numbers \
	test/fuzz/corpus/datagram/order \
	test/fuzz/corpus/datagram/stranger \
	test/fuzz/corpus/elf/gnu \
	test/fuzz/corpus/elf/sysv \
	test/fuzz/corpus/elf/versions \
	test/fuzz/corpus/package/none \
	test/fuzz/corpus/package/signed \
	test/fuzz/corpus/package/twice \
	test/fuzz/corpus/session/answer \
	test/fuzz/corpus/session/first \
	test/fuzz/corpus/session/greeting \
	test/fuzz/corpus/session/http \
	test/fuzz/corpus/session/pieces \
	test/fuzz/corpus/session/raw \
	test/fuzz/corpus/session/records \
	test/fuzz/corpus/session/room \
	test/fuzz/corpus/session/tls \
	test/fuzz/corpus/session/zero

# main() of a harness that no fuzzer drives.
check_LTLIBRARIES += test/fuzz/libreplay.la
fuzz_support = test/fuzz/libreplay.la
test_fuzz_libreplay_la_SOURCES = test/fuzz/replay.c

check_PROGRAMS += $(fuzz_tests)
TESTS += $(fuzz_tests)
EXTRA_DIST += $(fuzz_files)

noinst_HEADERS += test/fuzz/fuzz.h test/fuzz/pairs.h
