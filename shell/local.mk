# SPDX-License-Identifier: MIT

# The commands of thespian-shell; main() is in bin/.
tsp_shell_sources = \
	shell/contacts.c \
	shell/message_text.c \
	shell/render.c \
	shell/shell.c \
	shell/cmd_actors.c \
	shell/cmd_address.c \
	shell/cmd_addresses.c \
	shell/cmd_ask.c \
	shell/cmd_create.c \
	shell/cmd_info.c \
	shell/cmd_listen.c \
	shell/cmd_start.c \
	shell/cmd_status.c \
	shell/cmd_stop.c \
	shell/cmd_tell.c \
	shell/commands.c \
	shell/roll.c

noinst_HEADERS += \
	shell/contacts.h \
	shell/message_text.h \
	shell/render.h \
	shell/shell.h \
	shell/commands.h \
	shell/roll.h
