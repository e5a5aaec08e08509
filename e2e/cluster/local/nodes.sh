# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# The nodes: each is a PID 1 (node-init) in its own network, mount, PID, UTS and IPC namespaces.

# Trees of which each node has its own, writable view over the machine's. node-init mounts them.
node_trees='/etc /opt /srv /usr/local /var/lib /var/log'
export node_trees

start_nodes() {
  local i
  for ((i = 1; i <= nodes; i++)); do boot_node "$i"; done
  for ((i = 1; i <= nodes; i++)); do
    await_or_log 90 "node$i to register" "node$i" kubectl get node "node$i"
    kubectl label node "node$i" --overwrite node-role.kubernetes.io/worker= \
      amd.feature.node.kubernetes.io/snp=true >/dev/null
  done
  for ((i = 1; i <= nodes; i++)); do await_node "$i"; done
}

boot_node() {
  local i=$1
  # unshare's child is the node's PID 1, and --kill-child ties their lives together.
  start "node$i/init" nsenter --net="/run/netns/$netns$i" \
    unshare --mount --pid --uts --ipc --fork --kill-child --propagation private --mount-proc \
    bash "$local_scripts/node-init" "$i"
}

# A cluster remembers a node as Ready for a while after its end, so its kubelet is asked as well.
await_node() {
  local i=$1
  await_or_log 90 "node$i's kubelet" "node$i/init" kubectl get --raw "/api/v1/nodes/node$i/proxy/healthz"
  await_or_log 120 "node$i to be Ready" "node$i/init" kubectl wait --for=condition=Ready "node/node$i" --timeout=1s
}

# The id, on this machine, of node N's PID 1: the one process of the node that is 1 in the PID namespace
# just below ours.
init_of_node() {
  local pid depth
  depth=$(awk '$1 == "NSpid:" {print NF}' /proc/self/status)
  for pid in $(processes_of "node$1/system"); do
    if awk -v depth="$depth" '$1 == "NSpid:" {found = (NF == depth + 1 && $NF == 1)} END {exit !found}' \
      "/proc/$pid/status" 2>/dev/null; then
      echo "$pid"
      return
    fi
  done
  say "node$1 is not running"
  return 1
}

on_node() {
  local pid
  pid=$(init_of_node "$1")
  shift
  nsenter --target "$pid" --mount --net --pid --uts --ipc -- env PATH="$tools:$PATH" "$@"
}

restart_on_node() {
  local old
  old=$(on_node "$1" cat "/run/ipfs-tee/$2.pid") || fail "nothing called $2 runs on node$1"
  on_node "$1" kill "$old"
  await 30 "$2 on node$1" has_restarted "$1" "$2" "$old"
  [ "$2" != containerd ] || await 30 "containerd on node$1" on_node "$1" ctr version
}

# has_restarted N NAME OLD-PID
has_restarted() {
  local new
  new=$(on_node "$1" cat "/run/ipfs-tee/$2.pid") && [ "$new" != "$3" ] && on_node "$1" kill -0 "$new"
}

stop_node() {
  end_processes "node$1"
}

start_node() {
  boot_node "$1"
  await_node "$1"
}

# images_on N COMMAND…: ctr images, quiet unless it fails: each call warns about this machine's cgroups.
images_on() {
  local i=$1 said=$cluster_dir/ctr.log
  shift
  on_node "$i" ctr -n k8s.io images "$@" 2>"$said" || { cat "$said" >&2; return 1; }
}

# load_into_node N ARCHIVE NAME DIGEST
load_into_node() {
  local i=$1 archive=$2 reference=$3@$4 index
  if [ -n "$(images_on "$i" ls -q "name==$reference")" ]; then return 0; fi
  images_on "$i" import --base-name "$3" --digests - <"$archive" >/dev/null
  # What containerd calls the import depends on the archive's annotations; the image is found by its
  # digest, and named as pods refer to it.
  local imported
  imported=$(images_on "$i" ls -q "target.digest==$4")
  # Not by head: it would end ctr, and so all of this, when it has seen enough.
  imported=${imported%%$'\n'*}
  [ -z "$imported" ] || images_on "$i" tag --force "$imported" "$reference" >/dev/null
  # The import names the archive's index.json too, and a pod might be said to run that.
  index=$3@$(index_digest "$archive")
  [ -z "$(images_on "$i" ls -q "name==$index")" ] || images_on "$i" rm "$index" >/dev/null
  [ -n "$(images_on "$i" ls -q "name==$reference")" ] ||
    fail "imported $archive on node$i, but there is no $reference"
}

index_digest() { echo "sha256:$(tar -xOf "$1" index.json | sha256sum | cut -d' ' -f1)"; }
