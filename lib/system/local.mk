# SPDX-License-Identifier: MIT

tsp_system_sources = \
	lib/system/ask.c \
	lib/system/attach.c \
	lib/system/caller.c \
	lib/system/connection.c \
	lib/system/create.c \
	lib/system/ending.c \
	lib/system/inbox.c \
	lib/system/interrupt.c \
	lib/system/kill.c \
	lib/system/load_file.c \
	lib/system/morgue.c \
	lib/system/open.c \
	lib/system/pending.c \
	lib/system/program.c \
	lib/system/requests.c \
	lib/system/shutdown.c \
	lib/system/simple.c \
	lib/system/simple_admin.c \
	lib/system/simple_log.c \
	lib/system/simple_module.c \
	lib/system/simple_turn.c \
	lib/system/start.c \
	lib/system/status_text.c \
	lib/system/trace.c

noinst_HEADERS += \
	lib/system/attach.h \
	lib/system/caller.h \
	lib/system/connection.h \
	lib/system/ending.h \
	lib/system/inbox.h \
	lib/system/interrupt.h \
	lib/system/pending.h \
	lib/system/program.h \
	lib/system/simple.h \
	lib/system/start.h \
	lib/system/system.h
