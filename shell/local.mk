# SPDX-License-Identifier: MIT

# The commands of thespian-shell; main() is in bin/.
tsp_shell_sources = \
	shell/candidates.c \
	shell/cmd_absent.c \
	shell/cmd_actor_count.c \
	shell/cmd_actors.c \
	shell/cmd_address.c \
	shell/cmd_addresses.c \
	shell/cmd_ask.c \
	shell/cmd_capability.c \
	shell/cmd_create.c \
	shell/cmd_exit.c \
	shell/cmd_help.c \
	shell/cmd_info.c \
	shell/cmd_kill.c \
	shell/cmd_listen.c \
	shell/cmd_load.c \
	shell/cmd_sources.c \
	shell/cmd_start.c \
	shell/cmd_status.c \
	shell/cmd_stop.c \
	shell/cmd_tell.c \
	shell/cmd_tree.c \
	shell/cmd_unload.c \
	shell/commands.c \
	shell/contacts.c \
	shell/interact.c \
	shell/line_editor.c \
	shell/message_text.c \
	shell/render.c \
	shell/roll.c \
	shell/session.c \
	shell/shell.c

noinst_HEADERS += \
	shell/commands.h \
	shell/contacts.h \
	shell/line_editor.h \
	shell/message_text.h \
	shell/render.h \
	shell/roll.h \
	shell/shell.h
