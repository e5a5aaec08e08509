# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# etcd, the API server, the controller manager, the scheduler and CoreDNS, on this machine itself.

start_control_plane() {
  start_etcd
  start_apiserver
  await_or_log 120 "the API server" kube-apiserver kubectl get --raw=/readyz
  start kube-controller-manager "$tools/kube-controller-manager" \
    --kubeconfig="$conf/controller-manager.conf" --authentication-kubeconfig="$conf/controller-manager.conf" \
    --authorization-kubeconfig="$conf/controller-manager.conf" \
    --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials \
    --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/service-accounts.key" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --service-cluster-ip-range="$service_net.0/16"
  start kube-scheduler "$tools/kube-scheduler" \
    --kubeconfig="$conf/scheduler.conf" --authentication-kubeconfig="$conf/scheduler.conf" \
    --authorization-kubeconfig="$conf/scheduler.conf" --bind-address=127.0.0.1 --leader-elect=false
  sed -e "s/@DNS_IP@/$service_net.10/" -e "s/@MACHINE_IP@/$machine_ip/" "$local_scripts/objects.yaml" |
    kubectl apply --server-side -f - -f "$cluster_scripts/runtime-classes.yaml" >/dev/null
  start_coredns
}

# Unix sockets in a private folder, never a port: a second etcd at a fixed port on this machine would be
# taken for ours by the API server, or ours for its own by another.
start_etcd() {
  local etcd=$cluster_dir/etcd
  start etcd "$tools/etcd" --name local --data-dir "$etcd/data" \
    --listen-client-urls "unix://$etcd/client.sock" --advertise-client-urls "unix://$etcd/client.sock" \
    --listen-peer-urls "unix://$etcd/peer.sock" --initial-advertise-peer-urls "unix://$etcd/peer.sock" \
    --initial-cluster "local=unix://$etcd/peer.sock" --unsafe-no-fsync --log-level warn
}

# Not on 127.0.0.1: pods and nodes have to reach it, and only they and this machine do.
start_apiserver() {
  start kube-apiserver "$tools/kube-apiserver" --etcd-servers="unix://$cluster_dir/etcd/client.sock" \
    --bind-address="$machine_ip" --advertise-address="$machine_ip" --secure-port=6443 \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$pki/service-accounts.pub" \
    --service-account-signing-key-file="$pki/service-accounts.key" \
    --service-cluster-ip-range="$service_net.0/16" --enable-aggregator-routing=true \
    --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" \
    --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
    --requestheader-username-headers=X-Remote-User \
    --proxy-client-cert-file="$pki/front-proxy-client.crt" --proxy-client-key-file="$pki/front-proxy-client.key"
}

# Cluster names only: pods of this cluster have no way to the world outside.
start_coredns() {
  put "$conf/Corefile" <<END
.:53 {
  bind $machine_ip
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $conf/coredns.conf
    pods insecure
    ttl 5
  }
  cache 5
}
END
  start coredns "$tools/coredns" -conf "$conf/Corefile" -quiet
}
