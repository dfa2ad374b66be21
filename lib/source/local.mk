# SPDX-License-Identifier: MIT

tsp_source_sources =
noinst_HEADERS += \
	lib/source/archive.h \
	lib/source/builder.h \
	lib/source/keys.h \
	lib/source/module.h \
	lib/source/package.h \
	lib/source/version.h
