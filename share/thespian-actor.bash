# shellcheck shell=bash disable=SC2034,SC2016 # ACTOR_*: for who sources this; $ is JSON
# SPDX-License-Identifier: MIT
#
# thespian-actor.bash: an actor that is a bash script (4.4 or later). thespian-actor.bash(3) is its manual.
#
#	#!/bin/bash
#	. "$THESPIAN_ACTOR_BASH"
#
#	on_Greet() {
#		local name
#		field -v name name || fail 'who is to be greeted?' || return
#		reply Greeting "{\"hello\": $(quote "$name")}"
#	}
#
#	actor_run
#
# A message of type Greet calls on_Greet, with the message as JSON in $1; one of a type that no function is for
# calls on_message, if there is one. A function that returns something else than 0 has failed: the message comes
# once more, then goes back to its sender. What a function writes, to standard output or standard error, is the
# actor's log.

# Of the message in work: its type, who sent it, its number, whether the system itself did (true or false).
ACTOR_TYPE='' ACTOR_SENDER='' ACTOR_ID='' ACTOR_SYSTEM=false
ACTOR_MESSAGE=null # as JSON
# What the last call that failed said.
ACTOR_ERROR=''
_actor_details=''
_actor_verdict=''
_actor_limit=67108864 # bytes of a line

# Locals are seen by the functions that are called from here, the script's own: all are named _actor_*. Whatever
# came from elsewhere, or might be the script's, never stands in arithmetic, which runs the commands in it.

# quote TEXT: as a text of JSON, in quotes.
quote() {
	local _actor_quoted
	_actor_quote _actor_quoted "$1"
	printf '%s\n' "$_actor_quoted"
}

# reply [TYPE [JSON]]: to who sent the message. TYPE '' or none: a plain value.
reply() { _actor_ask '{"reply":' '' "$@"; }

# send TO [TYPE [JSON]]: to an address, or a global name.
send() {
	local _actor_target
	_actor_quote _actor_target "$1"
	_actor_ask '{"send":' "\"to\":$_actor_target" "${@:2}"
}

# forward TO: the message in work, as it is.
forward() {
	local _actor_target
	_actor_quote _actor_target "$1"
	_actor_call "{\"forward\":$_actor_target"
}

# create [-v NAME] CLASS [OPTION JSON]...: options are name, source, role, argument and requirements. Prints
# the address, or sets NAME.
create() {
	local _actor_name='' _actor_class _actor_options=''
	if [[ $1 == -v ]]; then
		_actor_name=$2
		shift 2
	fi
	_actor_quote _actor_class "$1"
	shift
	while (($# >= 2)); do
		_actor_options+=",\"$1\":$2"
		shift 2
	done
	_actor_call "{\"create\":{\"class\":$_actor_class$_actor_options}" || return
	_actor_answer=${_actor_answer#*'"$address":"'}
	_actor_give "$_actor_name" "${_actor_answer%%\"*}"
}

# wakeup SECONDS [JSON]: a WakeupMessage to oneself, with JSON as its payload.
wakeup() { _actor_call "{\"wakeup\":$1,\"payload\":${2:-null}"; }

# field [-v NAME] PATH: a member of the message, "folder" or "files.0.name": a text as it is, an address as
# @.., all else as JSON. Prints it, or sets NAME; status 1 if there is none, or null.
field() {
	local _actor_name='' _actor_path
	if [[ $1 == -v ]]; then
		_actor_name=$2
		shift 2
	fi
	_actor_quote _actor_path "$1"
	_actor_call "{\"get\":$_actor_path" || return
	_actor_answer=${_actor_answer#'{"kind":"'}
	[[ $_actor_answer != absent* && $_actor_answer != null* ]] || return
	_actor_answer=${_actor_answer#*'"text":"'}
	_actor_unquote _actor_answer "${_actor_answer%'"}'}"
	_actor_give "$_actor_name" "$_actor_answer"
}

# fail TEXT: says why; returns 1, to be the function's own status.
fail() {
	_actor_details=${1:0:4000} # the system takes no more
	return 1
}

# defer: the message comes again behind the next one.
defer() { _actor_verdict='{"defer":true}'; }

# actor_log LEVEL TEXT: debug, info, warning, error, critical.
actor_log() {
	local _actor_quoted
	_actor_quote _actor_quoted "$2"
	_actor_say "{\"log\":$_actor_quoted,\"level\":\"$1\"}"
}

# actor_exit: ends the actor, behind this message.
actor_exit() { _actor_say '{"exit":true}'; }

# actor_run: tells that the script is ready, and handles messages until the actor ends. Before that on_start is
# called, if it is there, with what the actor's creator gave; behind all on_end. Does not return.
actor_run() {
	local _actor_line _actor_function
	# as ps and top show it: else it is called as the file that it was started from
	{ printf %s "${THESPIAN_ACTOR_SCRIPT##*/}" > "/proc/$$/comm"; } 2> /dev/null || :
	# what a function or a command reads or writes is not what is said here
	exec {_actor_from}<&0 {_actor_to}>&1 < /dev/null >&2
	IFS= read -r -u "$_actor_from" _actor_line || exit 1
	ACTOR_MESSAGE=${_actor_line#*'"message":'}
	ACTOR_MESSAGE=${ACTOR_MESSAGE%\}}
	_actor_handle on_start
	[[ $_actor_verdict != '{"done":true}' ]] || _actor_verdict='{"ready":true}'
	_actor_say "$_actor_verdict"
	while IFS= read -r -u "$_actor_from" _actor_line; do
		_actor_take "$_actor_line"
		_actor_find
		_actor_handle "$_actor_function"
		_actor_say "$_actor_verdict"
	done
	! declare -F on_end > /dev/null || on_end
	exit 0
}

# Splits a message: its members come in this order, and the message itself last.
_actor_take() {
	local _actor_head=${1:0:4000}
	local _actor_pattern='^\{"id":([0-9]+),"type":"(([^"\\]|\\.)*)","sender":"([^"]*)","system":(true|false),"message":'
	ACTOR_TYPE=''
	ACTOR_MESSAGE=null
	[[ $_actor_head =~ $_actor_pattern ]] || return 0
	ACTOR_ID=${BASH_REMATCH[1]}
	ACTOR_SENDER=${BASH_REMATCH[4]}
	ACTOR_SYSTEM=${BASH_REMATCH[5]}
	ACTOR_MESSAGE=${1:${#BASH_REMATCH[0]}:-1}
	_actor_unquote ACTOR_TYPE "${BASH_REMATCH[2]}"
}

# Sets _actor_function to that for the message: of its type, of what stands before its first dot, of all.
_actor_find() {
	for _actor_function in "on_$ACTOR_TYPE" "on_${ACTOR_TYPE%%.*}" on_message; do
		# nobody begins or ends this actor by the name of a message
		[[ $_actor_function == on_start || $_actor_function == on_end ]] ||
			! declare -F -- "$_actor_function" > /dev/null || return 0
	done
	_actor_function=''
}

# FUNCTION: calls it, if there is one, and sets the verdict.
_actor_handle() {
	local _actor_status=0
	_actor_details=''
	_actor_verdict='{"done":true}'
	declare -F -- "${1:-/}" > /dev/null || return 0
	"$1" "$ACTOR_MESSAGE" || _actor_status=$?
	[[ $_actor_status != 0 ]] || return 0
	_actor_quote _actor_details "${_actor_details:-$1 returned $_actor_status}"
	_actor_verdict="{\"failed\":$_actor_details}"
}

# KIND FIELDS [TYPE [JSON]]
_actor_ask() {
	local _actor_body=$2 _actor_type
	if [[ -n ${3-} ]]; then
		_actor_quote _actor_type "$3"
		_actor_body+="${_actor_body:+,}\"type\":$_actor_type"
	fi
	[[ -z ${4-} ]] || _actor_body+="${_actor_body:+,}\"message\":$4"
	_actor_call "$1{$_actor_body}"
}

_actor_say() { printf '%s\n' "${1//$'\n'/ }" >&"$_actor_to"; }

# Says a line, which is made whole here, and reads its answer; status 1 where that is an error. By how the line
# ends an answer comes to it in any case, also where it is no JSON.
_actor_call() {
	if _actor_is_long "$1"; then
		ACTOR_ERROR=TSP_ETOOBIG
		return 1
	fi
	_actor_say "$1,\"answer\":true}"
	IFS= read -r -u "$_actor_from" _actor_answer || exit 1
	[[ $_actor_answer == '{"text":'* || $_actor_answer == '{"error":'* ]] || return 0
	ACTOR_ERROR=${_actor_answer#*'"error":"'}
	ACTOR_ERROR=${ACTOR_ERROR%%\"*}
	return 1
}

# TEXT: whether it is more than a line may be. What is counted is characters, and what counts bytes, up to four each.
_actor_is_long() {
	((${#1} > _actor_limit / 4 - 100)) || return
	local LC_ALL=C
	((${#1} > _actor_limit - 100))
}

# NAME VALUE: sets NAME, or prints the value where that is empty.
_actor_give() {
	if [[ -n $1 ]]; then
		printf -v "$1" %s "$2"
	else
		printf '%s\n' "$2"
	fi
}

# NAME TEXT: sets NAME to the text in quotes.
_actor_quote() {
	local _actor_text=${2//\\/\\\\} _actor_code _actor_character _actor_escape
	_actor_text=${_actor_text//\"/\\\"}
	if [[ $_actor_text == *[[:cntrl:]]* ]]; then
		for ((_actor_code = 1; _actor_code < 32; _actor_code++)); do
			printf -v _actor_escape '\\u%04x' "$_actor_code"
			printf -v _actor_character %b "${_actor_escape/u00/x}"
			_actor_text=${_actor_text//"$_actor_character"/"$_actor_escape"}
		done
	fi
	printf -v "$1" '"%s"' "$_actor_text"
}

# NAME TEXT: sets NAME to what a text of JSON stands for. No variable of bash can hold a NUL: it is left out.
_actor_unquote() {
	local _actor_text=$2
	if [[ $_actor_text == *\\* ]]; then
		_actor_text=${_actor_text//"\\\\"/"\\x5c"}
		_actor_text=${_actor_text//'\"'/'"'}
		# what the system writes as \u, as bytes of UTF-8, whatever the locale is
		if [[ $_actor_text == *'\u'* ]]; then
			_actor_text=${_actor_text//'\u0000'/}
			_actor_text=${_actor_text//'\u008'/'\xc2\x8'}
			_actor_text=${_actor_text//'\u009'/'\xc2\x9'}
			_actor_text=${_actor_text//'\u00'/'\x'}
			_actor_text=${_actor_text//'\u061c'/'\xd8\x9c'}
			_actor_text=${_actor_text//'\u200'/'\xe2\x80\x8'}
			_actor_text=${_actor_text//'\u202'/'\xe2\x80\xa'}
			_actor_text=${_actor_text//'\u206'/'\xe2\x81\xa'}
		fi
		printf -v _actor_text %b "$_actor_text"
	fi
	printf -v "$1" %s "$_actor_text"
}
