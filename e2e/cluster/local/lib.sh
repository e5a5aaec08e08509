# shellcheck shell=bash disable=SC2034,SC2154    # names are shared with the files that are sourced
# The local cluster: a control plane and NODES nodes as processes of this machine. Sourced by ../up and others.
# README.md beside this folder has the picture.

local_scripts=$cluster_scripts/local
nodes=${NODES:-2}

# Names and addresses are the project's own. Interface names hold at most 15 characters.
bridge=ipfstee0
veth=ipfstee-n                # + node number, the machine's end of the cable
netns=ipfs-tee-node           # + node number
machine_net=10.231.0          # the machine is .1, node i is .(10+i)
machine_ip=$machine_net.1
pod_net=10.232                # node i's pods: 10.232.i.0/24
service_net=10.233.0          # 10.233.0.0/16
cgroup=ipfs-tee-cluster       # parent of all the cluster's cgroups, in every hierarchy
policy_queue=100              # nfqueue of each node in which NetworkPolicies are judged
export cluster_dir nodes tools machine_net pod_net service_net cgroup policy_queue     # for node-init

pki=$cluster_dir/pki
conf=$cluster_dir/conf
logs=$cluster_dir/log

# shellcheck source=SCRIPTDIR/processes.sh
. "$local_scripts/processes.sh"
# shellcheck source=SCRIPTDIR/certificates.sh
. "$local_scripts/certificates.sh"
# shellcheck source=SCRIPTDIR/network.sh
. "$local_scripts/network.sh"
# shellcheck source=SCRIPTDIR/images.sh
. "$local_scripts/images.sh"
# shellcheck source=SCRIPTDIR/control-plane.sh
. "$local_scripts/control-plane.sh"
# shellcheck source=SCRIPTDIR/nodes.sh
. "$local_scripts/nodes.sh"

local_up() {
  [ "$(id -u)" = 0 ] || fail "the local cluster needs root (or CLUSTER=kind with a Docker engine)"
  need_tools etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl pause \
    containerd containerd-shim-runc-v2 ctr coredns kube-network-policies runc busybox jq openssl ip iptables nsenter conntrack
  umask 022
  leave_no_earlier_boot
  check_disk
  check_settings
  check_addresses
  mkdir -p "$pki" "$conf" "$logs" "$cluster_dir/images" "$cluster_dir/etcd"
  chmod 700 "$pki" "$cluster_dir/etcd" "$conf"
  make_certificates
  make_born_images
  step "certificates and images"
  save_sysctls
  make_network
  start_control_plane
  step "control plane ready"
  start_nodes
  step "$nodes nodes Ready"
  say "no TEE here: kata-qemu-snp and kata-qemu-tdx are runc by another name, the nodes' TEE label is" \
    "make-believe; confidentiality is not tested"
}

local_down() {
  [ "$(id -u)" = 0 ] || fail "needs root, as up did"
  end_all_processes
  remove_network
  restore_sysctls
  remove_cluster_dir
}

local_load() {
  local digest i
  digest=$(archive_digest "$1")
  for ((i = 1; i <= nodes; i++)); do load_into_node "$i" "$1" "$2" "$digest"; done
  echo "$2@$digest"
}

# --- is it the same cluster? ----------------------------------------------------------------------

# What a boot of the machine ended is of no use: its pods, mounts and links are gone. Start afresh.
leave_no_earlier_boot() {
  local boot=$cluster_dir/boot now
  now=$(cat /proc/sys/kernel/random/boot_id)
  if [ -e "$cluster_marker" ] && [ "$(cat "$boot" 2>/dev/null)" != "$now" ]; then
    # (or `up` was killed before it wrote this file: then there is nothing to lose)
    [ -e "$boot" ] && say "the machine was restarted since; starting a new cluster"
    rm -f "$conf/sysctls"             # these were the values of another boot
    local_down
  fi
  if [ ! -e "$cluster_marker" ] && any_process; then
    fail "a local cluster is running whose files aren't in $cluster_dir: run e2e/cluster/down first"
  fi
  claim_cluster_dir local
  put "$boot" <<<"$now"
}

# Overlays can't keep their writes on an overlay, and nodes must not see themselves below /var/lib.
check_disk() {
  local tree
  case $(stat -fc %T "$cluster_dir") in
    overlayfs | tmpfs) fail "$cluster_dir is on $(stat -fc %T "$cluster_dir"): set IPFS_TEE_CLUSTER_DIR to a folder on a disk" ;;
  esac
  for tree in $node_trees /run; do
    [[ $cluster_dir/ != "$tree"/* ]] || fail "IPFS_TEE_CLUSTER_DIR may not be below $tree, of which each node has its own"
  done
}

# A running cluster isn't changed under its users' feet.
check_settings() {
  local now="nodes=$nodes tools=$tools"
  if any_process && [ "$(cat "$cluster_dir/settings" 2>/dev/null)" != "$now" ]; then
    fail "the cluster that runs was made with other settings ($(cat "$cluster_dir/settings" 2>/dev/null)), now $now:" \
      "run e2e/cluster/down first"
  fi
  put "$cluster_dir/settings" <<<"$now"
}

# --- what the kubelet sets for the whole machine ---------------------------------------------------

save_sysctls() {
  [ -s "$conf/sysctls" ] ||
    sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes |
      put "$conf/sysctls"
}

restore_sysctls() {
  [ ! -s "$conf/sysctls" ] || sysctl -qp "$conf/sysctls"
  rm -f "$conf/sysctls"
}
