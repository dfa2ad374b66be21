# SPDX-License-Identifier: MIT

# The admin's loop: libuv is used here only, and linked by thespian-admin and the tests only.
tsp_io_admin_sources = \
	lib/io/admin_run.c \
	lib/io/build_start.c \
	lib/io/log_link.c \
	lib/io/server.c \
	lib/io/server_accept.c \
	lib/io/server_area.c \
	lib/io/server_child.c \
	lib/io/server_host.c \
	lib/io/server_log.c \
	lib/io/server_nursery.c \
	lib/io/server_ops.c \
	lib/io/server_peer.c \
	lib/io/server_spawn.c \
	lib/io/server_word.c \
	lib/io/system_datagram.c \
	lib/io/system_dial.c \
	lib/io/system_line.c \
	lib/io/system_listen.c \
	lib/io/system_relay.c

# What a host and a nursery run; linked by thespian-host as a whole, without libuv.
tsp_io_host_sources = \
	lib/io/environment.c \
	lib/io/host_user.c \
	lib/io/nursery.c \
	lib/io/nursery_child.c \
	lib/io/nursery_end.c \
	lib/io/nursery_packet.c \
	lib/io/host.c \
	lib/io/host_area.c \
	lib/io/host_link.c \
	lib/io/host_signals.c \
	lib/io/host_wait.c \
	lib/io/log_process.c

# What an outside caller shares with the admin (runtime folder, finding modules); no libuv.
tsp_io_link_sources = \
	lib/io/load_file.c \
	lib/io/log_file.c \
	lib/io/log_packet.c \
	lib/io/module_path.c \
	lib/io/peer_check.c \
	lib/io/process_cpu.c \
	lib/io/process_memory.c \
	lib/io/ready.c \
	lib/io/runtime.c

noinst_HEADERS += \
	lib/io/admin_run.h \
	lib/io/load_file.h \
	lib/io/log_file.h \
	lib/io/log_link.h \
	lib/io/log_process.h \
	lib/io/system_datagram.h \
	lib/io/system_line.h \
	lib/io/module_path.h \
	lib/io/environment.h \
	lib/io/host_user.h \
	lib/io/nursery.h \
	lib/io/nursery_packet.h \
	lib/io/peer_check.h \
	lib/io/poll_budget.h \
	lib/io/process_cpu.h \
	lib/io/process_memory.h \
	lib/io/ready.h \
	lib/io/runtime.h \
	lib/io/server.h \
	lib/io/host.h \
	lib/io/host_parts.h
