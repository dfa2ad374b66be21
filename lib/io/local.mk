# SPDX-License-Identifier: MIT

# The admin's loop: libuv is used here only, and linked by thespian-admin and the tests only.
tsp_io_admin_sources =

# What a host and a nursery run; linked by thespian-host as a whole, without libuv.
tsp_io_host_sources =

# What an outside caller shares with the admin (runtime folder, links); no libuv.
tsp_io_link_sources =

noinst_HEADERS +=
