#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# F050: systems of the UDP base link by datagrams.

load common
load convention
setup() { convention_setup; }
teardown() { convention_teardown; }

# udp_system NAME [CAPABILITIES]
udp_system() {
	system "$@"
	echo multiprocUDPBase > "$dir/$1/systembase.cfg"
}

@test "F050: two systems of the UDP base join, and no TCP port is taken" {
	udp_system leader
	udp_system member
	convention leader member
	wait_until 10 has_linked member 1
	run ! bash -c "exec 5<> /dev/tcp/127.0.0.1/${ports[leader]}"
	run json_at member convention
	json '.members[0].role == "leader" and .members[0].state == "linked"'
}
