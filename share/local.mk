# SPDX-License-Identifier: MIT

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = share/thespian.pc
