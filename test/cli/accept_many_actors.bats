#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# 10,000 actors in shared hosts and 500 in hosts of their own, live at once; a shutdown ends all within 5 s.
# shellcheck disable=SC2154,SC2016 # common sets them; "$type" is JSON

load common
load rows

setup() { rows_setup; }
teardown() { rows_teardown; }

# Memory that nobody shares, in MiB.
private_memory() {
	local pid
	for pid in $(tsp_processes); do
		echo "/proc/$pid/smaps_rollup"
	done | xargs cat 2>/dev/null | awk '/^Private_/ { sum += $2 } END { print int(sum / 1024) }'
}

@test "10,000 actors in shared hosts and 500 in own ones answer, and shutdown ends all within 5 s" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 4096 ] || skip "too few descriptors are allowed here"
	start
	begin=$(now_ms)
	shell -c 'create rows:Maker --name many' -c 'create rows:Maker --name own' > /dev/null
	run shell --json --timeout 50 -c 'ask many {"$type": "Make", "value": {"class": "Shared", "count": 10000}}'
	json '.value.answered == 10000'
	shared_ms=$(($(now_ms) - begin))
	run shell --json --timeout 50 -c 'ask own {"$type": "Make", "value": {"class": "Echo", "count": 500}}'
	json '.value.answered == 500'
	own_ms=$(($(now_ms) - begin - shared_ms))
	run shell --json -c actorCount
	json '[.classes[] | select(.class == "Shared").actors] == [10000] and
		[.classes[] | select(.class == "Echo").actors] == [500]'
	[ "$(tsp_processes | wc -l)" -ge 500 ]
	# all of them again, while all live
	run shell --json --timeout 50 -c 'ask many {"$type": "Ask", "value": null}' -c 'ask own {"$type": "Ask", "value": null}'
	[ "$(jq -s '[.[].value.answered] == [10000, 500]' <<< "$output")" = true ]
	memory=$(private_memory)
	begin=$(now_ms)
	shell --timeout 20 -c stop
	stop_ms=$(($(now_ms) - begin))
	wait_until 5 no_processes
	echo "# made and answered: 10,000 in $shared_ms ms, 500 in $own_ms ms; $memory MiB; stopped in $stop_ms ms" >&3
	[ "$memory" -lt 400 ]
	[ "$stop_ms" -lt 5000 ]
}
