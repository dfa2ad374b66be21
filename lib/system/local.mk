# SPDX-License-Identifier: MIT

tsp_system_sources =

noinst_HEADERS +=
