# SPDX-License-Identifier: MIT

tsp_log_sources = \
	lib/log/definitions.c \
	lib/log/definitions_read.c \
	lib/log/format.c \
	lib/log/rotating_file.c \
	lib/log/sink.c
noinst_HEADERS += \
	lib/log/definitions.h \
	lib/log/definitions_read.h \
	lib/log/format.h \
	lib/log/rotating_file.h \
	lib/log/sink.h
