# shellcheck shell=bash disable=SC2034    # used by the scripts that source this
# Shared by the scripts of this folder: where things are, which cluster is meant, how to say and to wait.
# Sourced, never run.
set -euo pipefail

cluster_scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$cluster_scripts/../.." && pwd)

# Everything that a cluster writes is below this folder; `down` removes it.
cluster_dir=${IPFS_TEE_CLUSTER_DIR:-/var/tmp/ipfs-tee-cluster}
# The file that shows that the folder is ours (to remove).
cluster_marker=$cluster_dir/.ipfs-tee-cluster
cluster_kubeconfig=$cluster_dir/kubeconfig
# One cluster per machine, so one lock.
cluster_lock=/run/ipfs-tee-cluster.lock

tools=${IPFS_TEE_TOOLS:-$("$cluster_scripts/tools/build" --print-bin)}
PATH=$tools:$PATH:/usr/sbin:/sbin
export PATH

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$*"; exit 1; }

# step WORDS: progress with the seconds since the script began.
step() { printf '%s: %4d s  %s\n' "${0##*/}" "$SECONDS" "$*" >&2; }

need_tools() {
  local tool
  for tool; do [ -x "$tools/$tool" ] || command -v "$tool" >/dev/null || fail "no $tool in $tools: run make tools"; done
}

# await SECONDS WHAT COMMAND…: until COMMAND succeeds.
await() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then say "waited $seconds s for $what, in vain"; return 1; fi
    sleep 0.2
  done
}

# put FILE: writes standard input to FILE so that FILE is never seen half-written.
put() { cat >"$1.tmp" && mv -f "$1.tmp" "$1"; }

kubectl() { command kubectl --kubeconfig="$cluster_kubeconfig" "$@"; }

docker_answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

# The kind of cluster that is asked for: local, kind or current.
wanted_provider() {
  case ${CLUSTER:-} in
    local | kind | current) echo "$CLUSTER" ;;
    '') if docker_answers; then echo kind; else echo local; fi ;;
    *) fail "CLUSTER=$CLUSTER: it is local, kind or current" ;;
  esac
}

# The kind of the cluster that is up, or nothing.
present_provider() { cat "$cluster_marker" 2>/dev/null || :; }

load_provider() {
  case $1 in
    local)
      # shellcheck source=SCRIPTDIR/local/lib.sh
      . "$cluster_scripts/local/lib.sh" ;;
    kind)
      # shellcheck source=SCRIPTDIR/kind.sh
      . "$cluster_scripts/kind.sh" ;;
    current)
      # shellcheck source=SCRIPTDIR/current.sh
      . "$cluster_scripts/current.sh" ;;
    *) fail "no such kind of cluster: $1" ;;
  esac
}

# Makes the provider of the cluster that is up ready for use by this script.
use_cluster() {
  local provider
  provider=$(present_provider)
  [ -n "$provider" ] || fail "no cluster is up: run e2e/cluster/up"
  load_provider "$provider"
}

# Only one script changes the cluster at a time. The lock is let go when the script ends, however it ends:
# what it started has closed descriptor 9.
lock_cluster() {
  exec 9>"$cluster_lock"
  flock -w 300 9 || fail "another up or down has been running for 5 minutes ($cluster_lock)"
}

claim_cluster_dir() {
  if [ -d "$cluster_dir" ] && [ ! -e "$cluster_marker" ] && [ -n "$(ls -A "$cluster_dir")" ]; then
    fail "$cluster_dir exists, isn't empty and isn't a cluster's: remove it, or set IPFS_TEE_CLUSTER_DIR"
  fi
  mkdir -p "$cluster_dir"
  chmod 711 "$cluster_dir"
  put "$cluster_marker" <<<"$1"
}

remove_cluster_dir() {
  [ -d "$cluster_dir" ] || return 0
  # Killed between creating the folder and marking it: still empty, or with the half-written mark alone.
  rm -f "$cluster_marker.tmp"
  [ -e "$cluster_marker" ] || { rmdir "$cluster_dir" 2>/dev/null || :; return 0; }
  # The mark goes last, so that a killed removal can be finished.
  find "$cluster_dir" -xdev -mindepth 1 -maxdepth 1 ! -path "$cluster_marker" -exec rm -rf --one-file-system {} +
  rm -f "$cluster_marker"
  rmdir "$cluster_dir"
}

# --- image archives -------------------------------------------------------------------------------

# The digest of the one image (index or manifest) in an OCI archive.
archive_digest() {
  local digests
  digests=$(tar -xOf "$1" index.json | jq -r '.manifests[].digest') || fail "$1 is not an OCI archive"
  [[ $digests =~ ^sha256:[0-9a-f]{64}$ ]] || fail "$1 must hold exactly one image, its index.json names: ${digests:-none}"
  echo "$digests"
}
