/* SPDX-License-Identifier: MIT */
/* The shell's commands, one file each; commands.c lists them in the order help shows them. */
#ifndef TSP_SHELL_COMMANDS_H
#define TSP_SHELL_COMMANDS_H

#include "cli/command.h"

extern const struct command cmd_start;
extern const struct command cmd_stop;
extern const struct command cmd_info;
extern const struct command cmd_address;
extern const struct command cmd_addresses;
extern const struct command cmd_create;
extern const struct command cmd_tell;
extern const struct command cmd_ask;
extern const struct command cmd_listen;
extern const struct command cmd_events;
extern const struct command cmd_together;
extern const struct command cmd_status;
extern const struct command cmd_tree;
extern const struct command cmd_top;
extern const struct command cmd_waits;
extern const struct command cmd_log;
extern const struct command cmd_actors;
extern const struct command cmd_actor_count;
extern const struct command cmd_graph;
extern const struct command cmd_trace;
extern const struct command cmd_record;
extern const struct command cmd_replay;
extern const struct command cmd_kill;
extern const struct command cmd_restart;
extern const struct command cmd_dead;
extern const struct command cmd_poison;
extern const struct command cmd_report_exit;
extern const struct command cmd_load;
extern const struct command cmd_unload;
extern const struct command cmd_sources;
extern const struct command cmd_use_simple_source_authority;
extern const struct command cmd_create_test_actor;
extern const struct command cmd_capability;
extern const struct command cmd_convention;
extern const struct command cmd_set_thesplog;
extern const struct command cmd_repeat;
extern const struct command cmd_wait;
extern const struct command cmd_assert;
extern const struct command cmd_help;
extern const struct command cmd_exit;
extern const struct command cmd_quit;

#endif
