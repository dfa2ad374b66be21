# SPDX-License-Identifier: MIT
# One harness a parser; in `make check` each replays its corpus.
