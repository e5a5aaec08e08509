# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# Keys, certificates and kubeconfigs. Each is written beside its place and renamed into it, so that one
# which exists is whole; a certificate is always of the key beside it, because the key is there first.

make_certificates() {
  local i component
  authority ca
  authority front-proxy-ca
  certificate apiserver /CN=kube-apiserver serverAuth "$(names_of_apiserver)"
  certificate apiserver-kubelet-client /O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client clientAuth
  certificate front-proxy-client /CN=front-proxy-client clientAuth '' front-proxy-ca
  certificate admin /O=system:masters/CN=admin clientAuth
  for component in controller-manager scheduler proxy; do
    certificate "$component" "/CN=system:kube-$component" clientAuth
    kubeconfig "$conf/$component.conf" "$component"
  done
  for component in coredns kube-network-policies; do
    certificate "$component" "/CN=system:$component" clientAuth
    kubeconfig "$conf/$component.conf" "$component"
  done
  for ((i = 1; i <= nodes; i++)); do
    certificate "node$i" "/O=system:nodes/CN=system:node:node$i" clientAuth
    certificate "node$i-serving" "/O=system:nodes/CN=system:node:node$i" serverAuth "DNS:node$i,IP:$machine_net.$((10 + i))"
    kubeconfig "$conf/node$i.conf" "node$i"
  done
  private_key service-accounts
  [ -s "$pki/service-accounts.pub" ] ||
    openssl ec -in "$pki/service-accounts.key" -pubout 2>/dev/null | put "$pki/service-accounts.pub"
  kubeconfig "$cluster_kubeconfig" admin
}

names_of_apiserver() {
  local name names="IP:$machine_ip,IP:$service_net.1,IP:127.0.0.1,DNS:localhost"
  for name in kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local; do
    names+=",DNS:$name"
  done
  echo "$names"
}

private_key() {
  [ -s "$pki/$1.key" ] || (umask 077 && openssl ecparam -name prime256v1 -genkey -noout | put "$pki/$1.key")
}

authority() {
  private_key "$1"
  [ -s "$pki/$1.crt" ] ||
    openssl req -x509 -new -key "$pki/$1.key" -sha256 -days 3650 -subj "/CN=$1" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature |
    put "$pki/$1.crt"
}

# certificate NAME SUBJECT USAGE [ALTERNATIVE-NAMES [AUTHORITY]]
certificate() {
  local name=$1 subject=$2 usage=$3 alternatives=${4:-} authority=${5:-ca}
  private_key "$name"
  [ ! -s "$pki/$name.crt" ] || return 0
  printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n%s\n' \
    "$usage" "${alternatives:+subjectAltName=$alternatives}" >"$pki/extensions"
  openssl req -new -key "$pki/$name.key" -subj "$subject" |
    openssl x509 -req -sha256 -days 3650 -CA "$pki/$authority.crt" -CAkey "$pki/$authority.key" \
      -set_serial "0x$(openssl rand -hex 8)" -extfile "$pki/extensions" 2>/dev/null |
    put "$pki/$name.crt"
}

# kubeconfig FILE CERTIFICATE
kubeconfig() {
  [ ! -s "$1" ] || return 0
  (umask 077 && put "$1") <<END
apiVersion: v1
kind: Config
current-context: ipfs-tee
contexts: [{name: ipfs-tee, context: {cluster: ipfs-tee, user: $2}}]
clusters:
- name: ipfs-tee
  cluster:
    server: https://$machine_ip:6443
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$pki/$2.crt")
    client-key-data: $(base64 -w0 "$pki/$2.key")
END
}
