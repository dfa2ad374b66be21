# SPDX-License-Identifier: MIT
# A link between two systems, without I/O.

tsp_link_sources = \
	lib/link/cookie.c \
	lib/link/datagram.c \
	lib/link/greetings.c \
	lib/link/noise.c \
	lib/link/preamble.c \
	lib/link/seals.c \
	lib/link/session.c \
	lib/link/stream.c
noinst_HEADERS += \
	lib/link/cookie.h \
	lib/link/datagram.h \
	lib/link/greetings.h \
	lib/link/noise.h \
	lib/link/number.h \
	lib/link/preamble.h \
	lib/link/seals.h \
	lib/link/session.h \
	lib/link/stream.h
