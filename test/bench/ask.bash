#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ask.bash PORT COUNT CALLS: asks of a bash script through thespian.bash, the same lines through a bare coprocess, and
# a process a call. Prints what one of each takes, in ns, for messages of 14 and of 100 bytes: OURS RAW, OURS RAW, PROCESS.

set -eu
port=$1 count=$2 calls=$3
# shellcheck disable=SC1091 # it stands in the tree
source "${BASH_SOURCE[0]%/*}/../../share/thespian.bash"
thespian_open -p "$port"

now() { echo "${EPOCHREALTIME//[.,]/}"; }

# MESSAGE: prints OURS RAW
measure() {
	local begin middle end i line pid
	coproc cat
	pid=$COPROC_PID
	begin=$(now)
	for ((i = 0; i < count; i++)); do
		thespian_ask -v line bench "$1"
	done
	middle=$(now)
	for ((i = 0; i < count; i++)); do
		printf '%s\n' "$1" >&"${COPROC[1]}"
		IFS= read -r -u "${COPROC[0]}" line
	done
	end=$(now)
	eval "exec ${COPROC[1]}>&-"
	wait "$pid" || true
	echo "$(((middle - begin) * 1000 / count)) $(((end - middle) * 1000 / count))"
}

begin=$(now)
for ((i = 0; i < calls; i++)); do
	thespian-shell -p "$port" -c 'ask bench "Ada Lovelace"' > /dev/null
done
end=$(now)
measure '"Ada Lovelace"'
measure "$(printf '"%098d"' 1)"
echo "$(((end - begin) * 1000 / calls))"
thespian_close
