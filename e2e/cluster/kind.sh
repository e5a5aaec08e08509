# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# A kind cluster, where a Docker engine answers. UNTESTED by this project's own CI, which has no Docker:
# whatever is wrong here, CLUSTER=local doesn't share it.

kind_name=ipfs-tee

kind_program() {
  command -v kind || fail "no kind program on PATH (https://kind.sigs.k8s.io), or use CLUSTER=local"
}

kind_up() {
  local kind node
  docker_answers || fail "CLUSTER=kind, but no Docker engine answers"
  kind=$(kind_program)
  claim_cluster_dir kind
  if ! grep -qx "$kind_name" <<<"$("$kind" get clusters)"; then
    "$kind" create cluster --name "$kind_name" --config "$cluster_scripts/kind.yaml" \
      --kubeconfig "$cluster_kubeconfig" --wait 180s >&2
  fi
  "$kind" get kubeconfig --name "$kind_name" | put "$cluster_kubeconfig"
  chmod 600 "$cluster_kubeconfig"
  # The two classes of the TEE nodes, and the label that a profile looks for; neither makes a TEE.
  kubectl apply --server-side -f "$cluster_scripts/runtime-classes.yaml" >/dev/null
  for node in $("$kind" get nodes --name "$kind_name"); do
    kubectl label node "$node" --overwrite amd.feature.node.kubernetes.io/snp=true >/dev/null
  done
  kubectl wait --for=condition=Ready node --all --timeout=120s >/dev/null
  say "no TEE here: kata-qemu-snp and kata-qemu-tdx are runc by another name, the nodes' TEE label is" \
    "make-believe; confidentiality is not tested"
}

kind_down() {
  "$(kind_program)" delete cluster --name "$kind_name" --kubeconfig "$cluster_kubeconfig" >&2
  remove_cluster_dir
}

kind_load() {
  local node reference
  reference=$2@$(archive_digest "$1")
  for node in $("$(kind_program)" get nodes --name "$kind_name"); do
    docker exec -i "$node" ctr -n k8s.io images import --base-name "$2" --digests - <"$1" >&2
  done
  echo "$reference"
}
