#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ask.bash PORT COUNT CALLS: asks of a bash script through thespian.bash, the same lines through a bare coprocess, and
# a process a call. Prints what one of each takes, in ns, of 14 and of 100 bytes, one by one, then by
# thespian_ask_many: OURS RAW, four times, and PROCESS.

set -eu
port=$1 count=$2 calls=$3
# shellcheck disable=SC1091 # it stands in the tree
source "${BASH_SOURCE[0]%/*}/../../share/thespian.bash"
thespian_open -p "$port"

now() { echo "${EPOCHREALTIME//[.,]/}"; }

# One by one: ours, then the coprocess.
each() {
	local i
	for ((i = 0; i < count; i++)); do
		thespian_ask -v line bench "$1"
	done
	middle=$(now)
	for ((i = 0; i < count; i++)); do
		printf '%s\n' "$1" >&"${COPROC[1]}"
		IFS= read -r -u "${COPROC[0]}" line
	done
}

# Many at once; through the coprocess as many as thespian.bash has on their way.
many() {
	local i k messages=() replies=()
	for ((i = 0; i < count; i++)); do
		messages+=("$1")
	done
	begin=$(now)
	thespian_ask_many replies bench "${messages[@]}"
	middle=$(now)
	[[ ${#replies[@]} -eq $count && ${replies[-1]} == "$1" ]]
	for ((i = 0; i < count; i += 32)); do
		printf '%s\n' "${messages[@]:i:32}" >&"${COPROC[1]}"
		for ((k = i; k < i + 32 && k < count; k++)); do
			IFS= read -r -u "${COPROC[0]}" 'replies[k]'
		done
	done
}

# WAY MESSAGE: prints OURS RAW
measure() {
	local begin middle end line pid
	coproc cat
	pid=$COPROC_PID
	begin=$(now)
	"$@"
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
long=$(printf '"%098d"' 1)
measure each '"Ada Lovelace"'
measure each "$long"
measure many '"Ada Lovelace"'
measure many "$long"
echo "$(((end - begin) * 1000 / calls))"
thespian_close
