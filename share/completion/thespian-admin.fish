# SPDX-License-Identifier: MIT
# Completion of thespian-admin in fish.
source (status dirname)/thespian-director.fish
