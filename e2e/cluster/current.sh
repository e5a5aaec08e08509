# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# A cluster that somebody else made: the current context of the KUBECONFIG given when `up` runs. That context
# is copied, so that a later `kubectl config use-context` doesn't send the demo elsewhere. Nothing is made
# in it here but what `install` and the demo install; `down` only forgets it.
#
# Images can't be put on somebody else's nodes: they go to $IMAGE_REGISTRY (registry.example/folder), to
# which skopeo must be logged in and from which the nodes can pull.

current_up() {
  need_tools kubectl
  claim_cluster_dir current
  (umask 077 && command kubectl config view --minify --flatten --raw | put "$cluster_kubeconfig")
  kubectl get --raw=/readyz >/dev/null || { current_down; fail "the API server of the current context doesn't answer"; }
  say "using $(kubectl config current-context) at $(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')"
}

current_down() { remove_cluster_dir; }

current_load() {
  local name=${2##*/}
  [ -n "${IMAGE_REGISTRY:-}" ] ||
    fail "CLUSTER=current: set IMAGE_REGISTRY to where $name can be pushed and the cluster's nodes can pull"
  skopeo copy --all "oci-archive:$1" "docker://$IMAGE_REGISTRY/$name:$(archive_digest "$1" | tr : -)" >&2
  echo "$IMAGE_REGISTRY/$name@$(archive_digest "$1")"
}
