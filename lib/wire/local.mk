# SPDX-License-Identifier: MIT

tsp_wire_sources =
noinst_HEADERS += \
	lib/wire/address.h \
	lib/wire/frame.h \
	lib/wire/message.h \
	lib/wire/page.h \
	lib/wire/system.h \
	lib/wire/value.h
