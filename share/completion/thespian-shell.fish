# SPDX-License-Identifier: MIT
# Completion of thespian-shell in fish.
source (status dirname)/thespian-director.fish
