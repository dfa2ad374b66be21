# SPDX-License-Identifier: MIT

tsp_core_sources = \
	lib/core/actor_load.c \
	lib/core/counters.c \
	lib/core/waiting.c \
	lib/core/bounds.c \
	lib/core/parcel.c \
	lib/core/account.c \
	lib/core/route.c \
	lib/core/waiters.c \
	lib/core/actors.c \
	lib/core/hosts.c \
	lib/core/letter.c \
	lib/core/names.c \
	lib/core/timers.c \
	lib/core/appointed.c \
	lib/core/create.c \
	lib/core/loads.c \
	lib/core/modules.c \
	lib/core/outbox.c \
	lib/core/gate.c \
	lib/core/requests.c \
	lib/core/status.c \
	lib/core/cell.c \
	lib/core/cell_status.c \
	lib/core/dispatch.c \
	lib/core/actor_calls.c \
	lib/core/actor_create.c \
	lib/core/actor_requests.c \
	lib/core/actor_send.c \
	lib/core/admin.c \
	lib/core/capabilities.c \
	lib/core/stage_local.c \
	lib/core/stage.c \
	lib/core/stage_describe.c \
	lib/core/stage_host.c
noinst_HEADERS += \
	lib/core/put.h \
	lib/core/status.h \
	lib/core/bounds.h \
	lib/core/account.h \
	lib/core/admin.h \
	lib/core/parcel.h \
	lib/core/parts.h \
	lib/core/route.h \
	lib/core/waiters.h \
	lib/core/stage.h \
	lib/core/actors.h \
	lib/core/gate.h \
	lib/core/names.h \
	lib/core/appointed.h \
	lib/core/hosts.h \
	lib/core/letter.h \
	lib/core/modules.h \
	lib/core/timers.h \
	lib/core/cell.h \
	lib/core/create.h \
	lib/core/loads.h \
	lib/core/outbox.h \
	lib/core/requests.h
