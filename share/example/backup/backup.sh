#!/bin/bash
# backup: an actor in bash. Backup {"folder": text, "file": text} packs the folder into the file, and is answered
# by BackedUp {file, bytes}. The file is whole, or it is as it was.
# shellcheck source=/dev/null
. "$THESPIAN_ACTOR_BASH"

on_Backup() {
	local folder file
	field -v folder folder && field -v file file || fail 'a Backup needs folder and file' || return
	tar -C "$folder" -czf "$file.part" . && mv "$file.part" "$file" || fail "cannot pack '$folder'" || return
	reply BackedUp "{\"file\": $(quote "$file"), \"bytes\": $(stat -c %s "$file")}"
}

actor_run
