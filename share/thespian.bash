# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# thespian.bash: asks and tells actors from a bash script (4.4 or later) through one thespian-shell that is
# kept, so that a call starts no process. Source it; thespian.bash(3) is its manual.
#
#	thespian_open -p 1900 || exit
#	thespian_ask Greeter 'Greet {"name": "Ada"}'		# prints the reply, JSON in one line
#	thespian_ask -v reply Greeter 'Greet {"name": "Bo"}'	# sets $reply: no subshell, much faster
#	thespian_close
#
# Every function returns a status as thespian-shell does: 0 done, 1 failed, 2 wrong usage, 3 no system, 4 no
# answer in time, 5 refused. What went wrong is said on standard error. Every wait is bounded by --timeout.

# "builtin" stands where a function of the script could have the name.

_thespian_pid=
_thespian_owner=
_thespian_level=
_thespian_function=
_thespian_record=
_thespian_text=
_thespian_ahead= # bytes of records that are read already
_thespian_special=$' \t\n\'"\\{[' # what a word must be quoted for

# thespian_open [OPTION...]: options of thespian-shell (-p PORT, --timeout SECONDS). The system itself is
# looked for at the first need.
thespian_open() {
	thespian_close
	coproc _thespian_process { exec "${THESPIAN_SHELL:-thespian-shell}" --records "$@"; }
	_thespian_pid=$!
	_thespian_owner=$BASHPID
	_thespian_level=$BASH_SUBSHELL
	# Copies, since bash closes a coprocess's own descriptors in subshells, and all when it ends.
	if ! { exec {_thespian_to}>&"${_thespian_process[1]-}" {_thespian_from}<&"${_thespian_process[0]-}"; } 2>/dev/null; then
		_thespian_pid=
		builtin echo 'thespian: the shell has ended' >&2
		return 3
	fi
	[[ -z ${_thespian_process[1]-} ]] || eval "exec ${_thespian_process[1]}>&- ${_thespian_process[0]}<&-"
	# If the shell dies, writing to it is an error and not this script's end; children are not concerned.
	_thespian_trapped=$(builtin trap -p PIPE)
	# In a subshell what is told is the trap of its parent, which does not hold there.
	[[ -n $_thespian_trapped && $BASH_SUBSHELL -eq 0 ]] || builtin trap : PIPE
	_thespian_run '' 'events off' || thespian_close "$?"
}

# thespian_close: ends the connection; the system goes on.
thespian_close() {
	[[ -n $_thespian_pid ]] || return "${1:-0}"
	if [[ $BASHPID == "$_thespian_owner" ]]; then
		# Said and not only closed: a child of this script may hold the descriptor, too.
		! builtin kill -0 "$_thespian_pid" 2>/dev/null || { builtin printf 'exit\n' >&"$_thespian_to"; } 2>/dev/null || :
		exec {_thespian_to}>&- {_thespian_from}<&-
		builtin wait "$_thespian_pid" 2>/dev/null || :
		[[ -n $_thespian_trapped ]] || builtin trap - PIPE
	else
		exec {_thespian_to}>&- {_thespian_from}<&-
	fi
	_thespian_pid=
	_thespian_function=
	return "${1:-0}"
}

# thespian_ask [-v NAME] ADDR MESSAGE: the reply. A PoisonMessage is a reply, with status 1.
thespian_ask() {
	if [[ ${1-} != -v ]]; then
		_thespian_message ask '' "$@"
	elif [[ $# -eq 4 && $3 != *["$_thespian_special"]* && -n $3 && $4 != *$'\n'* ]]; then
		_thespian_run "$2" "ask $3 $4" # the same in fewer steps
	else
		_thespian_message ask "${@:2}"
	fi
}

# thespian_ask_many ARRAY ADDR MESSAGE...: an ask for each message, sent before those in front of it are answered;
# several times as fast. ARRAY gets the replies in the order of the messages, '' where there is none. The status is
# that of the first that failed, the others are asked nevertheless.
thespian_ask_many() {
	local _thespian_first=0
	local -a _thespian_messages=("${@:3}") _thespian_events=()
	if (($# < 3)) || [[ ! $1 =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
		builtin echo 'thespian: cannot ask: the name of an array, an address and messages are needed' >&2
		return 2
	fi
	local -n _thespian_replies=$1
	_thespian_many "$2" || return
	[[ -z ${_thespian_events-} ]] || _thespian_run_events
	return "$_thespian_first"
}

# thespian_tell ADDR MESSAGE
thespian_tell() { _thespian_message tell '' "$@"; }

# thespian_listen [-v NAME] [SECONDS]: the next message to this script; status 4 if none comes.
thespian_listen() { _thespian_words listen "$@"; }

# thespian_status [-v NAME] [ADDR]: of the system, or of an actor.
thespian_status() { _thespian_words status "$@"; }

# thespian_command [-v NAME] COMMAND [WORD...]: any other command of thespian-shell.
thespian_command() {
	if [[ ${1-} == -v && $# -ge 3 ]]; then
		_thespian_words "$3" -v "$2" "${@:4}"
	else
		_thespian_words "$@"
	fi
}

# thespian_create [-v NAME] CLASS [--source HASH] [--name GLOBAL] [--requires JSON]: the address alone.
thespian_create() {
	local _thespian_name='' _thespian_json
	if [[ ${1-} == -v ]]; then
		_thespian_name=${2-}
		shift 2
	fi
	_thespian_words create -v _thespian_json "$@" || return
	_thespian_json=${_thespian_json#*'"address":"'}
	_thespian_json=${_thespian_json%%\"*}
	if [[ -n $_thespian_name ]]; then
		builtin printf -v "$_thespian_name" %s "$_thespian_json"
	else
		builtin printf '%s\n' "$_thespian_json"
	fi
}

# thespian_on_event [FUNCTION]: FUNCTION is called with {"sender": "@..", "message": ..} for each message that
# arrives, within the next call of a function of this file. Without FUNCTION they wait for thespian_listen.
thespian_on_event() {
	_thespian_function=${1-}
	if [[ -n $_thespian_function ]]; then
		_thespian_run '' 'events on'
	else
		_thespian_run '' 'events off'
	fi
}

# thespian_events [SECONDS]: waits that long (0) for an event, and takes those that are there; status 4 if none.
thespian_events() {
	local _thespian_first _thespian_wait=${1:-0} _thespian_rc=4
	_thespian_is_open || return
	while [[ $_thespian_wait != 0 ]] || builtin read -r -t 0 -u "$_thespian_from"; do
		# Of a record that has begun the rest is there soon: one that a time-out cut in two would be lost.
		[[ $_thespian_wait != 0 ]] || _thespian_wait=1
		builtin read -r -N 1 -t "$_thespian_wait" -u "$_thespian_from" _thespian_first || {
			(($? > 128)) || _thespian_ended || return
			break
		}
		builtin read -r -N 127 -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_record || _thespian_ended || return
		_thespian_record=$_thespian_first$_thespian_record
		_thespian_take || _thespian_ended || return
		_thespian_arrived "$_thespian_first$_thespian_text" && _thespian_rc=0
		_thespian_wait=0
	done
	return "$_thespian_rc"
}

_thespian_arrived() {
	case $1 in
	e*)
		[[ -z $_thespian_function ]] || "$_thespian_function" "${1#e}"
		return 0
		;;
	c*)
		builtin echo 'thespian: the system is gone' >&2
		return 1
		;;
	esac
}

_thespian_ended() {
	builtin echo 'thespian: the shell has ended' >&2
	return 3
}

_thespian_is_open() {
	if [[ -z $_thespian_pid ]]; then
		builtin echo 'thespian: not open' >&2
		return 2
	fi
	builtin kill -0 "$_thespian_pid" 2>/dev/null || _thespian_ended
}

# VERB NAME ADDR MESSAGE...: the message is taken by the shell as it stands, to the end of the line.
_thespian_message() {
	local IFS=' ' _thespian_word
	if (($# < 4)); then
		builtin echo "thespian: cannot $1: an address and a message are needed" >&2
		return 2
	fi
	_thespian_text="${*:4}"
	_thespian_join "$1" "$3" && _thespian_quote _thespian_word "$3" || return
	_thespian_run "$2" "$1 $_thespian_word $_thespian_text"
}

# VERB ADDR: makes one line of _thespian_text. In JSON a newline can only be a blank: within its texts it is \n.
_thespian_join() {
	if [[ $_thespian_text == *$'\n'* && ! $_thespian_text =~ ^[[:space:]]*([A-Za-z_][^[:space:]]*[[:space:]]+)?[\{\[] ]]; then
		builtin echo "thespian: cannot $1 '$2': a text of several lines is written as JSON" >&2
		return 2
	fi
	_thespian_text=${_thespian_text//$'\n'/ }
}

# ADDR: the asks of thespian_ask_many. Status 2, 3: nothing was asked.
_thespian_many() {
	local - IFS=' ' LC_ALL=C # what is counted here is bytes
	local _thespian_at _thespian_format _thespian_lines _thespian_count _thespian_total=${#_thespian_messages[@]}
	builtin set -f
	if [[ "${_thespian_messages[*]}" == *$'\n'* ]]; then
		for ((_thespian_at = 0; _thespian_at < _thespian_total; _thespian_at++)); do
			_thespian_text=${_thespian_messages[_thespian_at]}
			_thespian_join ask "$1" || return
			_thespian_messages[_thespian_at]=$_thespian_text
		done
	fi
	_thespian_quote _thespian_format "$1" && _thespian_run '' 'together on' || return
	_thespian_format=${_thespian_format//\\/\\\\}
	_thespian_format="ask ${_thespian_format//%/%%} %s\\n"
	_thespian_replies=()
	IFS=$'\n'
	for ((_thespian_at = 0; _thespian_at < _thespian_total; _thespian_at += _thespian_count)); do
		_thespian_gather
		# At once: of what has newlines in it, printf writes each line alone.
		if builtin shopt -q xpg_echo; then
			builtin printf %s "$_thespian_lines" >&"$_thespian_to" || :
		else
			builtin echo -nE "$_thespian_lines" >&"$_thespian_to" || :
		fi
		_thespian_hear || break
	done
	_thespian_ahead=
	while ((${#_thespian_replies[@]} < _thespian_total)); do
		_thespian_replies+=('') # the shell has ended
	done
}

# Sets _thespian_lines to those of the next _thespian_count messages. What is on its way must fit into any pipe, or be
# one line: else both sides write, and neither reads.
_thespian_gather() {
	local _thespian_i=$_thespian_at _thespian_step=8 _thespian_part
	_thespian_lines='' _thespian_count=0
	while ((_thespian_count < 32 && _thespian_i < _thespian_total)); do
		if ((_thespian_step == 8 && _thespian_i + 8 <= _thespian_total)); then
			# A slice of an array takes as long as all of it.
			# shellcheck disable=SC2059
			builtin printf -v _thespian_part "$_thespian_format" \
				"${_thespian_messages[_thespian_i]}" "${_thespian_messages[_thespian_i + 1]}" \
				"${_thespian_messages[_thespian_i + 2]}" "${_thespian_messages[_thespian_i + 3]}" \
				"${_thespian_messages[_thespian_i + 4]}" "${_thespian_messages[_thespian_i + 5]}" \
				"${_thespian_messages[_thespian_i + 6]}" "${_thespian_messages[_thespian_i + 7]}"
		else
			_thespian_step=1
			# shellcheck disable=SC2059
			builtin printf -v _thespian_part "$_thespian_format" "${_thespian_messages[_thespian_i]}"
		fi
		if ((${#_thespian_lines} + ${#_thespian_part} <= 4096 || _thespian_count + _thespian_step == 1)); then
			_thespian_lines+=$_thespian_part
			_thespian_i=$((_thespian_i + _thespian_step))
			_thespian_count=$((_thespian_count + _thespian_step))
		elif ((_thespian_step == 8)); then
			_thespian_step=1
		else
			return 0
		fi
	done
}

# Takes _thespian_count answers. A record has 128 bytes at least, so that so many can be read at once.
_thespian_hear() {
	local _thespian_left=$_thespian_count _thespian_said=''
	local -a _thespian_split
	builtin read -r -N $((128 * _thespian_left)) -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_ahead || :
	# shellcheck disable=SC2206 # it is to be split: each short answer is a line
	_thespian_split=($_thespian_ahead)
	_thespian_record=$'\n'"${_thespian_split[*]}"
	if ((${#_thespian_split[@]} == _thespian_left)) && [[ $_thespian_record != *$'\n'[!0]* && $_thespian_record != *$'\n'0[!\ ]* ]]; then
		_thespian_replies+=("${_thespian_split[@]#0 }")
		return
	fi
	while ((_thespian_left > 0)); do
		if ! _thespian_read _thespian_record 128 || ! _thespian_take; then
			_thespian_first=3
			_thespian_ended
			return
		fi
		case $_thespian_record in
		[0-9]*)
			_thespian_replies+=("$_thespian_text")
			[[ $_thespian_first != 0 ]] || _thespian_first=${_thespian_record:0:1}
			[[ -z $_thespian_said ]] || builtin printf '%s\n' "$_thespian_said" >&2
			_thespian_said=''
			_thespian_left=$((_thespian_left - 1))
			;;
		t*) _thespian_said=$_thespian_text ;;
		*) _thespian_events+=("${_thespian_record:0:1}$_thespian_text") ;;
		esac
	done
}

# NAME COUNT: sets NAME to as many bytes, first of those that are read already.
_thespian_read() {
	local _thespian_more='' _thespian_size=$((10#$2))
	if ((${#_thespian_ahead} < _thespian_size)); then
		builtin read -r -N $((_thespian_size - ${#_thespian_ahead})) -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_more || return
	fi
	_thespian_ahead+=$_thespian_more
	builtin printf -v "$1" %s "${_thespian_ahead:0:_thespian_size}"
	_thespian_ahead=${_thespian_ahead:_thespian_size}
}

# COMMAND [-v NAME] WORD...
_thespian_words() {
	local _thespian_name='' _thespian_word _thespian_quoted _thespian_words=$1
	shift
	if [[ ${1-} == -v ]]; then
		_thespian_name=${2-}
		shift 2
	fi
	for _thespian_word in "$@"; do
		_thespian_quote _thespian_quoted "$_thespian_word" || return
		_thespian_words+=" $_thespian_quoted"
	done
	_thespian_run "$_thespian_name" "$_thespian_words"
}

# NAME WORD: sets NAME to the word as the shell reads it.
_thespian_quote() {
	local _thespian_inner=${2//\\/\\\\}
	if [[ $2 == *$'\n'* ]]; then
		builtin echo 'thespian: cannot use a word of several lines' >&2
		return 2
	fi
	builtin printf -v "$1" '"%s"' "${_thespian_inner//\"/\\\"}"
}

# NAME LINE: sends the line; what its command prints is printed, or NAME is set to it. What says why it failed goes
# to standard error. This is the way of every ask: no subshell, one read, and as few steps as can be.
_thespian_run() {
	# bash takes the number of a coprocess away when that has ended.
	if [[ $BASH_SUBSHELL != "$_thespian_level" || -z ${_thespian_process_PID-} ]]; then
		_thespian_is_open || return
		builtin trap : PIPE # a subshell has lost that of thespian_open
	fi
	builtin printf '%s\n' "$2" >&"$_thespian_to" || : # its end is seen below
	builtin read -r -N 128 -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_record || _thespian_record=
	if [[ -n $1 && $_thespian_record == '0 '* ]]; then
		_thespian_record=${_thespian_record%%$'\n'*}
		builtin printf -v "$1" %s "${_thespian_record:2}"
	else
		_thespian_run_on "$1"
	fi
}

# NAME: the same for an answer that is longer, has an error or an event in front of it, or does not come whole.
_thespian_run_on() {
	local _thespian_rc=3 _thespian_said='' _thespian_events=()
	while [[ -n $_thespian_record ]]; do
		_thespian_take || {
			_thespian_record='' _thespian_text='' # the shell has ended in the middle of it
			break
		}
		case $_thespian_record in
		[0-9]*)
			_thespian_rc=${_thespian_record:0:1}
			break
			;;
		t*) _thespian_said=$_thespian_text ;;
		*) _thespian_events+=("${_thespian_record:0:1}$_thespian_text") ;;
		esac
		_thespian_text=
		builtin read -r -N 128 -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_record || _thespian_record=
	done
	if [[ -n $1 ]]; then
		builtin printf -v "$1" %s "$_thespian_text"
	elif [[ -n $_thespian_text ]]; then
		builtin printf '%s\n' "$_thespian_text"
	fi
	[[ -z $_thespian_said ]] || builtin printf '%s\n' "$_thespian_said" >&2
	[[ -n $_thespian_record ]] || _thespian_ended || :
	[[ -z ${_thespian_events-} ]] || _thespian_run_events
	return "$_thespian_rc"
}

# Only behind the command, since the function may ask in its turn.
_thespian_run_events() {
	local _thespian_event
	for _thespian_event in "${_thespian_events[@]}"; do
		_thespian_arrived "$_thespian_event" || :
	done
}

# Sets _thespian_text to that of _thespian_record.
_thespian_take() {
	_thespian_text=${_thespian_record%%$'\n'*}
	_thespian_text=${_thespian_text#??}
	if [[ $_thespian_record == ?' '* ]]; then
		return 0
	elif [[ -n $_thespian_ahead ]]; then
		_thespian_read _thespian_text "$_thespian_text"
	elif [[ $_thespian_record == ?'+'* ]]; then
		builtin read -r -N "$_thespian_text" -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_text
	else
		# Characters would be counted, and what is counted here is bytes.
		local LC_ALL=C
		builtin read -r -N "$_thespian_text" -u "$_thespian_from" ${TMOUT:+-t86400} _thespian_text
	fi
}
