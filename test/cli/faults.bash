# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests that cut a command of deployment at one of its steps: after `load common`, `load deploy`. A step is a
# system call of the victim (cut.c): the command itself, `director`, `authority`, `admin`, `nursery` (the
# bare one), `builder` or `source` (the source's nursery), which are the bare nursery's first and second child.
#
# By default a sample of steps is cut, chosen by TSP_CUT_SEED (printed); with TSP_CUT_ALL=1 each one, with TSP_CUT_STRIDE=N
# each N-th; TSP_CUT_VICTIM names the only victim.

cut=$TSP_BUILDDIR/test/cli/cut

faults_setup() {
	deploy_setup
	own_builds
	"$cut" --report probe -- true || skip "no process can be traced here"
	: "${TSP_CUT_SEED:=$RANDOM}"
	pack_aside 1
	pack_aside 2
	thespian-director load hello-1.tls > /dev/null
	hash1=$(hash_of hello-1.tls)
	hash2=$(hash_of hello-2.tls)
}

pid_of() {
	thespian-shell -p "$port" --json -c actors | jq -r ".actors[] | select(.class == \"$1\") | .pid"
}

# The admin's process id, into $admin; found once in its life, since looking through all processes takes long.
find_admin() {
	lives && return
	admin=$(thespian-director --json status | jq -r '.pid // 0')
}

bare_nursery() {
	local pid
	for pid in $(< "/proc/$admin/task/$admin/children"); do
		! grep -qa "^thespian-host: [^ ]*nursery" "/proc/$pid/cmdline" || echo "$pid"
	done
}

lives() {
	local state
	state=$(tsp_state_of "${admin:-0}")
	[ -n "$state" ] && [ "$state" != Z ]
}

# Behind the admin's death: all of its processes are gone, or a command has started the system anew.
is_over() {
	no_processes || { find_admin && lives; }
}

# How cut is told of a victim.
victim_words() {
	case $1 in
	director) echo "--pid $(pid_of Director)" ;;
	authority) echo "--pid $(pid_of Authority)" ;;
	admin) echo "--pid $admin" ;;
	nursery) echo "--pid $(bare_nursery)" ;;
	builder) echo "--pid $(bare_nursery) --born 1" ;;
	source) echo "--pid $(bare_nursery) --born 2" ;;
	esac
}

# cut_begin REPORT VICTIM CUT-OPTION...: traces it in the background, ready when this returns; its pid in $tracer.
cut_begin() {
	local report=$1 words
	find_admin
	read -ra words <<< "$(victim_words "$2")"
	shift 2
	rm -f "$report"
	"$cut" "$@" --report "$report" "${words[@]}" 3>&- &
	tracer=$!
	wait_until 10 grep -q ready "$report"
}

cut_end() {
	kill -TERM "$1" 2> /dev/null || true
	wait "$1" || true
}

# cut_run VICTIM CUT-OPTIONS COMMAND...: runs the command meanwhile. Its status in $ended, what it said in file `said`,
# what was done to the victim in `report`.
cut_run() {
	local victim=$1 options
	find_admin
	read -ra options <<< "$2"
	shift 2
	ended=0
	if [ "$victim" = command ]; then
		timeout 100 "$cut" "${options[@]}" --report report -- "$@" > said 2>&1 3>&- || ended=$?
		return
	fi
	cut_begin report "$victim" "${options[@]}"
	timeout 100 "$@" > said 2>&1 3>&- || ended=$?
	cut_end "$tracer"
}

was_cut() {
	grep -q '^cut' report
}

# ---- The state before --------------------------------------------------------------------------

active() {
	state '.active // "none"'
}

is_loaded() {
	list ".versions[] | select(.hash == \"$1\") | .loaded" | grep -q true
}

# Version 1 is active, and nothing is known of 2 but that it was once.
before_load() {
	[ "$(active)" = "$hash1" ] || thespian-director rollback hello "$hash1" > /dev/null
	! is_loaded "$hash2" || thespian-director unload "$hash2" > /dev/null
	rm -f "$(package 2)"
}

# Version 2 is active, and came after 1.
before_way_back() {
	is_loaded "$hash1" || thespian-director rollback hello "$hash1" > /dev/null
	[ "$(active)" = "$hash2" ] || thespian-director load hello-2.tls > /dev/null
}

# ---- What must hold behind it ------------------------------------------------------------------

# The system answers, and for the version of the state file.
is_settled() {
	local now listed
	now=$(state '[.active // "none", .history[-1].version // ""] | join(" ")')
	if [ "${now% *}" = none ]; then
		! thespian-shell -p "$port" -c 'ask Hello Seen {}'
		return
	fi
	listed=$(list '[.versions[] | select(.active) | .hash, .version, (.actors[] | .state)] | join(" ")')
	[ "$listed" = "$now running" ] && [ "$(answers)" = "${now#* }" ]
}

say() {
	echo "$*: ended $ended, $(tr '\n' ' ' < report)"
	cat said
	state '[.active, .mark.version, [.history[].version]] | tostring' || true
	return 1
}

# None of what was being written is left.
no_leftovers() {
	find "$dir/director" "$dir/cache" \( -name '.?*' -o -name '*.??????' -o -name 'build-*' \) | grep . > leftovers ||
		return 0
	cat leftovers
	return 1
}

# What a test wants beside all this, as soon as the command has ended.
also_holds() {
	true
}

# cut_check OLD NEW COMMAND...: behind a cut_run of the command, the state (an active hash) is old or new; what the command
# said is true; and the same command again ends with the new one.
cut_check() {
	local old=$1 new=$2 now status=0
	shift 2
	also_holds || say "what the test wants beside does not hold" || return
	lives || wait_until 10 is_over
	now=$(active)
	[[ $now == "$old" || $now == "$new" ]] || say "neither old nor new: $now" || return
	[ "$ended" -ne 0 ] || [ "$now" = "$new" ] || say "said to be done" || return
	[ "$ended" -ne 124 ] || say "not bounded" || return
	grep -q '^thespian-director: cannot ' said || [[ $ended == 0 || $ended == 137 ]] || say "no cause" || return
	[ "$(state .mark.version)" -ge "$mark" ] || say "the mark went back" || return
	thespian-director audit --verify > verified 2>&1 || say "$(cat verified)" || return
	lives || thespian-director start > started 2>&1 || say "no start: $(cat started)" || return
	wait_until 20 is_settled || say "not settled: $(thespian-director list)" || return
	# with the system went what was loaded beside the active version
	[[ " $* " != *" unload "* || $now != "$old" ]] || is_loaded "$hash1" || new=none
	timeout 100 "$@" > again 2>&1 3>&- || status=$?
	may_end "$status" "$now" "$new" || say "again: status $status, $(cat again)" || return
	wait_until 20 is_settled || say "not settled again" || return
	[ "$(active)" = "$new" ] || say "not new again" || return
	no_leftovers || say "left over" || return
	mark=$(state .mark.version)
}

# Whether the same command again may end so: with 0; or, where the first had done it all, with what `unload` says of a version that is gone.
may_end() {
	[ "$1" -eq 0 ] || { [ "$1" -eq 1 ] && [ "$2" = "$3" ] && grep -q "no loaded version is called so" again; }
}

# ---- The table ---------------------------------------------------------------------------------

# count_calls BEFORE VICTIM... -- COMMAND...: how many steps each has, in the table `calls`; all but `command` in one run.
count_calls() {
	local before=$1 victim tracers=() traced=()
	declare -gA calls=()
	shift
	while [ "$1" != -- ]; do
		traced+=("$1")
		shift
	done
	shift
	"$before"
	for victim in "${traced[@]}"; do
		[[ $victim == command || $victim == builder || $victim == source ]] && continue
		cut_begin "report.$victim" "$victim"
		tracers+=("$tracer")
	done
	"$@" > /dev/null 2>&1 3>&-
	for tracer in "${tracers[@]}"; do
		cut_end "$tracer"
	done
	for victim in command builder source; do
		[[ " ${traced[*]} " == *" $victim "* ]] || continue
		"$before"
		fresh_cache "$victim"
		cut_run "$victim" "" "$@"
		mv report "report.$victim"
	done
	for victim in "${traced[@]}"; do
		calls[$victim]=$(sed -n 's/^calls //p' "report.$victim")
	done
}

# So that there is something to build.
fresh_cache() {
	[ "$1" != builder ] || rm -rf "$dir/cache"/*
}

# steps_of CALLS HOW-MANY: which steps are cut. A sample is half of that: each run draws another, and the check has
# half an hour.
steps_of() {
	local i
	if [ -n "${TSP_CUT_ALL:-}" ]; then
		seq 1 "${TSP_CUT_STRIDE:-1}" "$1"
		return
	fi
	set -- "$1" $((($2 + 1) / 2))
	for ((i = 0; i < $2; i++)); do
		echo $(($1 * i / $2 + TSP_CUT_SEED % ($1 / $2 + 1) + 1))
	done
}

# one_cut VICTIM STEP BEFORE OLD NEW COMMAND...
one_cut() {
	local victim=$1 step=$2 before=$3 old=$4 new=$5 asked
	shift 5
	"$before" > prepared 2>&1 || say "$(cat prepared)" || return
	fresh_cache "$victim"
	thespian-shell -p "$port" --timeout 30 -c 'ask Hello Seen {}' > during 2>&1 3>&- &
	asked=$!
	cut_run "$victim" "--at $step" "$@"
	! was_cut || cuts=$((cuts + 1))
	wait "$asked" || [ "$victim" = admin ] || say "an ask meanwhile: $(cat during)" || return
	cut_check "$old" "$new" "$@"
}

# Behind a failure that does not end the test: the system and the folder are as faults_setup left them.
start_anew() {
	find_admin
	! lives || kill -KILL "$admin"
	wait_until 10 no_processes
	rm -rf "$dir/director" "$dir/cache"/*
	cp -a director.kept "$dir/director"
	mark=1
	thespian-director start > /dev/null
}

# cut_all BEFORE OLD NEW HOW-MANY VICTIM... -- COMMAND...: so many steps of each victim, spread evenly. With TSP_CUT_ALL each
# failure is told, and the others are tried all the same.
cut_all() {
	local before=$1 old=$2 new=$3 many=$4 victim victims=() step cuts=0 failures=0
	shift 4
	while [ "$1" != -- ]; do
		[[ ${TSP_CUT_VICTIM:-$1} != "$1" ]] || victims+=("$1")
		shift
	done
	shift
	[ "${#victims[@]}" -gt 0 ] || skip "${TSP_CUT_VICTIM:-} is no victim of it"
	mark=1
	cp -a "$dir/director" director.kept
	count_calls "$before" "${victims[@]}" -- "$@"
	for victim in "${victims[@]}"; do
		for step in $(steps_of "${calls[$victim]}" "$many"); do
			one_cut "$victim" "$step" "$before" "$old" "$new" "$@" > told 2>&1 && continue
			echo "$victim at step $step of ${calls[$victim]}, seed $TSP_CUT_SEED:"
			cat told
			failures=$((failures + 1))
			[ -n "${TSP_CUT_ALL:-}" ] || return 1
			sed "s/^/# /; 1s/^/# $victim $step\n/" told >&3
			start_anew
		done
	done
	echo "# seed $TSP_CUT_SEED: $cuts cuts of $(declare -p calls | sed 's/^[^(]*//')" >&3
	[ "$cuts" -gt 0 ] || echo "nothing was cut"
	[ "$failures" -eq 0 ] && [ "$cuts" -gt 0 ]
}
