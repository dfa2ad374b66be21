# SPDX-License-Identifier: MIT
# Completion in fish: the program itself knows the candidates.

function __thespian_complete
	set -l given (commandline -opc)
	set -l last (commandline -ct | string replace -r '^[\'"]' '')
	$given[1] --complete $given[2..-1] "$last" 2>/dev/null
end

complete -c thespian-director -a '(__thespian_complete)'
complete -c thespian-shell -a '(__thespian_complete)'
complete -c thespian-admin -a '(__thespian_complete)'
