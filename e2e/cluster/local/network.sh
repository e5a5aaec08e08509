# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# The machine room: a bridge on this machine, and for each node a network namespace with a cable to it.
# Every step looks whether it was done, so a killed run is completed, not tripped over.

make_network() {
  local i j chain
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  ip addr replace "$machine_ip/24" dev "$bridge"
  ip link set "$bridge" up
  # Bridged packets pass the machine's FORWARD chain where br_netfilter is on; Docker closes that chain.
  for chain in -i -o; do
    iptables -C FORWARD "$chain" "$bridge" -j ACCEPT 2>/dev/null || iptables -I FORWARD "$chain" "$bridge" -j ACCEPT
  done
  for ((i = 1; i <= nodes; i++)); do make_cable "$i"; done
  for ((i = 1; i <= nodes; i++)); do
    ip route replace "$pod_net.$i.0/24" via "$machine_net.$((10 + i))"
    for ((j = 1; j <= nodes; j++)); do
      [ "$i" = "$j" ] || ip -n "$netns$i" route replace "$pod_net.$j.0/24" via "$machine_net.$((10 + j))"
    done
  done
  # The machine itself reaches Services through node 1's kube-proxy.
  ip route replace "$service_net.0/16" via "$machine_net.11"
}

make_cable() {
  local i=$1 name=$netns$1 address=$machine_net.$((10 + $1))
  # A file without the namespace mounted on it: `ip netns add` was killed in between.
  if [ -e "/run/netns/$name" ] && [ "$(stat -fc %T "/run/netns/$name")" != nsfs ]; then rm -f "/run/netns/$name"; fi
  [ -e "/run/netns/$name" ] || ip netns add "$name"
  ip -n "$name" link set lo up
  if ! ip -n "$name" link show eth0 >/dev/null 2>&1; then
    ip link del "$veth$i" 2>/dev/null || :
    ip link add "$veth$i" type veth peer name eth0 netns "$name"
  fi
  ip link set "$veth$i" master "$bridge" up
  ip -n "$name" addr replace "$address/24" dev eth0
  ip -n "$name" link set eth0 up
  ip -n "$name" route replace default via "$machine_ip"
  # `ip netns exec` would remount /sys and lose /sys/fs/cgroup; nsenter doesn't.
  nsenter --net="/run/netns/$name" sysctl -qw net.ipv4.ip_forward=1
  ask_for_verdicts "$name"
}

# NetworkPolicies: the first packet of each connection to or from a pod waits for the verdict of the node's
# kube-network-policies, and is lost while that doesn't run. Between pods of one node too, since bridged
# packets pass this chain; not what the node itself sends, which no policy may stop.
ask_for_verdicts() {
  local -a rule=(-m conntrack --ctstate NEW -j NFQUEUE --queue-num "$policy_queue")
  nsenter --net="/run/netns/$1" sysctl -qw net.bridge.bridge-nf-call-iptables=1 ||
    fail "this kernel doesn't let iptables see bridged packets (br_netfilter), so NetworkPolicies can't be enforced"
  nsenter --net="/run/netns/$1" iptables -w -t mangle -C FORWARD "${rule[@]}" 2>/dev/null ||
    nsenter --net="/run/netns/$1" iptables -w -t mangle -A FORWARD "${rule[@]}"
}

# Somebody else's network at our addresses would be cut off: better not to start.
check_addresses() {
  local net foreign
  for net in "$machine_net.0/24" "$pod_net.0.0/16" "$service_net.0/16"; do
    foreign=$(ip -4 route show root "$net" | grep -v " dev $bridge " || :)
    [ -z "$foreign" ] || fail "this machine uses addresses of the cluster's network $net: $foreign"
  done
}

remove_network() {
  local name chain link
  for name in /run/netns/"$netns"[0-9]*; do
    [ -e "$name" ] || continue
    ip netns del "${name##*/}" 2>/dev/null || rm -f "$name"
  done
  # The cables go with their namespaces, a little later than `ip netns del` returns; our own end at once.
  for link in /sys/class/net/"$veth"[0-9]*; do
    [ ! -e "$link" ] || ip link del "${link##*/}" 2>/dev/null || :
  done
  for chain in -i -o; do
    while iptables -D FORWARD "$chain" "$bridge" -j ACCEPT 2>/dev/null; do :; done
  done
  # The routes go with the bridge.
  ip link del "$bridge" 2>/dev/null || :
}
