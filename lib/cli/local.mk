# SPDX-License-Identifier: MIT

tsp_cli_sources = \
	lib/cli/command.c \
	lib/cli/complete.c \
	lib/cli/grid.c \
	lib/cli/help.c \
	lib/cli/options.c \
	lib/cli/output.c \
	lib/cli/progress.c \
	lib/cli/status.c \
	lib/cli/words.c

# Calls a system: for programs, not for what hosts open.
tsp_cli_caller_sources = lib/cli/attendees.c

noinst_HEADERS += \
	lib/cli/attendees.h \
	lib/cli/command.h \
	lib/cli/complete.h \
	lib/cli/grid.h \
	lib/cli/help.h \
	lib/cli/options.h \
	lib/cli/output.h \
	lib/cli/progress.h \
	lib/cli/status.h \
	lib/cli/words.h
