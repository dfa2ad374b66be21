# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # convention.bash and common.bash set them
#
# For tests of systems on hosts of their own: after `load common`, `load convention`. Each host is a network namespace at
# a switch, which is one, too. Where that is not permitted, or iproute2 or nft is missing, hosts_apart fails, and the
# hosts are this machine, at its loopback address.

hosts_setup() {
	convention_setup
	net=tsp$BASHPID
	declare -gA addresses=()
	apart=
	hosts=()
	if ((EUID == 0)) && command -v ip nft > /dev/null && ip netns add "$net-switch" 2> /dev/null; then
		hosts=(switch)
		if in_host switch ip link add br0 type bridge 2> /dev/null &&
			in_host switch nft list tables > /dev/null 2>&1; then
			in_host switch ip link set br0 up
			apart=yes
		fi
	fi
	[ -n "$apart" ] || echo "# no network namespaces here: all hosts are this machine" >&3
}

hosts_teardown() {
	local name
	convention_teardown
	for name in "${hosts[@]}"; do
		ip netns del "$net-$name" 2> /dev/null || true
	done
}

hosts_apart() {
	[ -n "$apart" ]
}

in_host() {
	local name=$1
	shift
	ip netns exec "$net-$name" "$@"
}

# host NAME ADDRESS [CAPABILITIES]: a host with a system, and its settings; nothing runs yet.
host() {
	local name=$1
	system "$name" "${3:-}"
	addresses[$name]=127.0.0.1
	if hosts_apart; then
		wired "$name" "$2"
		addresses[$name]=$2
		echo "$2:${ports[$name]}" > "$dir/$name/listen.cfg"
		echo "$2:${ports[$name]}" > "$dir/$name/advertise.cfg"
	fi
}

# wired NAME ADDRESS: a namespace with one interface, eth0, and its cable in the switch.
wired() {
	ip netns add "$net-$1"
	hosts+=("$1")
	in_host switch ip link add "to-$1" type veth peer name eth0 netns "$net-$1"
	in_host switch ip link set "to-$1" master br0 up
	in_host "$1" ip link set lo up
	in_host "$1" ip address add "$2/24" dev eth0
	in_host "$1" ip link set eth0 up
}

# The cable is out of the switch, and nobody is told.
unplug() {
	in_host switch ip link set "to-$1" nomaster
}

plug() {
	in_host switch ip link set "to-$1" master br0
}

# filter NAME HOOK RULE...: of that host's firewall; hook: input or output.
filter() {
	local name=$1 hook=$2
	shift 2
	in_host "$name" nft add table inet tsp
	in_host "$name" nft add chain inet tsp "$hook" "{ type filter hook $hook priority 0; }"
	in_host "$name" nft add rule inet tsp "$hook" "$@"
}

no_filter() {
	in_host "$1" nft delete table inet tsp
}

# Over convention.bash's, since a system lives on its host.
on() {
	local name=$1
	shift
	if hosts_apart && [ "$1" = start ]; then
		THESPIAN_DIRECTOR_DIR=$dir/$name THESPLOG_FILE=$dir/$name/log in_host "$name" thespian-director "$@" 3>&-
	else
		THESPIAN_DIRECTOR_DIR=$dir/$name THESPLOG_FILE=$dir/$name/log thespian-director "$@" 3>&-
	fi
}

join() {
	on "$1" join "${addresses[$2]}:${ports[$2]}" "$(token "$2")"
}
