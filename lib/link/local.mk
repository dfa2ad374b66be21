# SPDX-License-Identifier: MIT
# A link between two systems, without I/O.

tsp_link_sources = \
	lib/link/noise.c \
	lib/link/preamble.c \
	lib/link/session.c
noinst_HEADERS += \
	lib/link/noise.h \
	lib/link/preamble.h \
	lib/link/session.h
