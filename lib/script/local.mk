# SPDX-License-Identifier: MIT
# A script as an actor: in every process that opens modules.

tsp_script_sources = \
	lib/helper/process.c \
	lib/script/field.c \
	lib/script/launch.c \
	lib/script/lines.c \
	lib/script/request.c \
	lib/script/script.c

noinst_HEADERS += \
	lib/script/lines.h \
	lib/script/run.h
