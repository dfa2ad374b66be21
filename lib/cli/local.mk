# SPDX-License-Identifier: MIT

tsp_cli_sources =

noinst_HEADERS += \
	lib/cli/command.h \
	lib/cli/complete.h \
	lib/cli/help.h \
	lib/cli/options.h \
	lib/cli/output.h \
	lib/cli/status.h \
	lib/cli/words.h
