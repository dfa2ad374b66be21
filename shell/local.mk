# SPDX-License-Identifier: MIT

# The commands of thespian-shell; main() is in bin/.
tsp_shell_sources = \
	shell/candidates.c \
	shell/cmd_convention.c \
	shell/cmd_actor_count.c \
	shell/cmd_actors.c \
	shell/cmd_address.c \
	shell/cmd_addresses.c \
	shell/cmd_ask.c \
	shell/cmd_assert.c \
	shell/cmd_capability.c \
	shell/cmd_create.c \
	shell/cmd_create_test_actor.c \
	shell/cmd_dead.c \
	shell/cmd_events.c \
	shell/cmd_exit.c \
	shell/cmd_graph.c \
	shell/cmd_help.c \
	shell/cmd_info.c \
	shell/cmd_kill.c \
	shell/cmd_listen.c \
	shell/cmd_load.c \
	shell/cmd_log.c \
	shell/cmd_poison.c \
	shell/cmd_record.c \
	shell/cmd_repeat.c \
	shell/cmd_replay.c \
	shell/cmd_report_exit.c \
	shell/cmd_restart.c \
	shell/cmd_set_thesplog.c \
	shell/cmd_sources.c \
	shell/cmd_start.c \
	shell/cmd_status.c \
	shell/cmd_stop.c \
	shell/cmd_tell.c \
	shell/cmd_together.c \
	shell/cmd_top.c \
	shell/cmd_trace.c \
	shell/cmd_tree.c \
	shell/cmd_unload.c \
	shell/cmd_use_simple_source_authority.c \
	shell/cmd_wait.c \
	shell/cmd_waits.c \
	shell/commands.c \
	shell/condition.c \
	shell/contacts.c \
	shell/control.c \
	shell/flight.c \
	shell/differ.c \
	shell/interact.c \
	shell/interrupt.c \
	shell/last.c \
	shell/line.c \
	shell/line_editor_load.c \
	shell/message_text.c \
	shell/moment.c \
	shell/morgue.c \
	shell/morgue_send.c \
	shell/attendee.c \
	shell/path.c \
	shell/question.c \
	shell/recording.c \
	shell/records.c \
	shell/render.c \
	shell/roll.c \
	shell/screen.c \
	shell/session.c \
	shell/sharing.c \
	shell/shell.c \
	shell/spark.c \
	shell/statement.c \
	shell/status_watch.c \
	shell/top.c \
	shell/top_watch.c \
	shell/watch.c

noinst_HEADERS += \
	shell/commands.h \
	shell/condition.h \
	shell/contacts.h \
	shell/differ.h \
	shell/interrupt.h \
	shell/last.h \
	shell/line_editor.h \
	shell/message_text.h \
	shell/moment.h \
	shell/morgue.h \
	shell/paste.h \
	shell/attendee.h \
	shell/path.h \
	shell/recording.h \
	shell/records.h \
	shell/flight.h \
	shell/render.h \
	shell/roll.h \
	shell/screen.h \
	shell/sharing.h \
	shell/shell.h \
	shell/spark.h \
	shell/statement.h \
	shell/status_watch.h \
	shell/top.h \
	shell/watch.h

# The line editor is opened on a terminal only: what it needs is a quarter of a script's command.
shell_line_editor_la_SOURCES = shell/line_editor.c shell/paste.c
shell_line_editor_la_LIBADD = lib/libtspcli.la lib/libtspbase.la $(EDIT_LIBS)
shell_line_editor_la_LDFLAGS = $(LINK_LDFLAGS) $(HARD_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -export-symbols-regex '^tsp_line_editor$$'

pkglib_LTLIBRARIES += shell/line_editor.la
noinst_DATA += lib/thespian/line_editor.so
lib/thespian/line_editor.so: shell/line_editor.la
	@$(MKDIR_P) lib/thespian
	$(AM_V_GEN)rm -f $@ && $(LN_S) ../../shell/.libs/line_editor.so $@
