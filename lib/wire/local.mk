# SPDX-License-Identifier: MIT

tsp_wire_sources = \
	lib/wire/head.c \
	lib/wire/json_parse.c \
	lib/wire/json_print.c \
	lib/wire/json_text.c \
	lib/wire/value_read.c \
	lib/wire/address.c \
	lib/wire/builder.c \
	lib/wire/frame.c \
	lib/wire/log_record.c \
	lib/wire/message.c \
	lib/wire/system.c \
	lib/wire/value_check.c \
	lib/wire/value_format.c
noinst_HEADERS += \
	lib/wire/address.h \
	lib/wire/frame.h \
	lib/wire/log_record.h \
	lib/wire/message.h \
	lib/wire/page.h \
	lib/wire/system.h \
	lib/wire/value.h \
	lib/wire/head.h \
	lib/wire/json.h \
	lib/wire/builder.h
