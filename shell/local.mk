# SPDX-License-Identifier: MIT

# The commands of thespian-shell; main() is in bin/.
tsp_shell_sources =

noinst_HEADERS +=
