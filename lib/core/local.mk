# SPDX-License-Identifier: MIT

tsp_core_sources = \
	lib/core/parcel.c \
	lib/core/account.c \
	lib/core/route.c
noinst_HEADERS += \
	lib/core/account.h \
	lib/core/admin.h \
	lib/core/parcel.h \
	lib/core/parts.h \
	lib/core/route.h \
	lib/core/stage.h \
	lib/core/actors.h \
	lib/core/gate.h \
	lib/core/names.h
