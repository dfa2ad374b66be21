#!/bin/bash
# backup: an actor in bash. Backup {"folder": text, "file": text} packs the folder into the file, and is answered
# by BackedUp {file, bytes, number}: that of the request, if it has one. The file is whole, or it is as it was.
# shellcheck source=/dev/null
. "$THESPIAN_ACTOR_BASH"

on_Backup() {
	local folder file number
	field -v folder folder && field -v file file || fail 'a Backup needs folder and file' || return
	tar -C "$folder" -czf "$file.part" . && mv "$file.part" "$file" || fail "cannot pack '$folder'" || return
	field -v number number || number=null
	[[ $number =~ ^[0-9]+$ ]] || number=null
	reply BackedUp "{\"file\": $(quote "$file"), \"bytes\": $(stat -c %s "$file"), \"number\": $number}"
}

actor_run
