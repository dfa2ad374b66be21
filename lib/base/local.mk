# SPDX-License-Identifier: MIT

tsp_base_sources = \
	lib/base/buffer.c \
	lib/base/clock.c \
	lib/base/endpoint.c \
	lib/base/error.c \
	lib/base/file.c \
	lib/base/log.c \
	lib/base/runtime_path.c \
	lib/base/table.c \
	lib/base/text.c
noinst_HEADERS += \
	lib/base/buffer.h \
	lib/base/clock.h \
	lib/base/endpoint.h \
	lib/base/error.h \
	lib/base/file.h \
	lib/base/list.h \
	lib/base/log.h \
	lib/base/runtime_path.h \
	lib/base/table.h \
	lib/base/text.h
