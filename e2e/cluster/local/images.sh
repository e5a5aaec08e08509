# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# The images that every node is born with: the pod sandbox, and busybox for tests. Made here from the
# programs themselves, because no registry need be reachable.

make_born_images() {
  local tree
  if [ ! -s "$cluster_dir/images/pause.tar" ]; then
    tree=$(fresh_tree)
    cp "$tools/pause" "$tree/pause"
    make_image localhost/pause:1 "$tree" "$cluster_dir/images/pause.tar" \
      '{"Entrypoint":["/pause"],"User":"65535:65535","WorkingDir":"/"}'
  fi
  if [ ! -s "$cluster_dir/images/busybox.tar" ]; then
    tree=$(fresh_tree)
    make_busybox_tree "$tree"
    make_image localhost/busybox:1 "$tree" "$cluster_dir/images/busybox.tar" \
      '{"Cmd":["sh"],"Env":["PATH=/bin:/usr/bin"],"WorkingDir":"/"}'
  fi
  rm -rf "$cluster_dir/images/work"
}

fresh_tree() {
  rm -rf "$cluster_dir/images/work"
  mkdir -p "$cluster_dir/images/work/tree"
  echo "$cluster_dir/images/work/tree"
}

# Debian's busybox-static: its `wget -T` dies of SIGSEGV, `timeout N wget` works.
make_busybox_tree() {
  local tree=$1 applet busybox
  busybox=$(command -v busybox)
  mkdir -p "$tree"/{bin,tmp,etc,root,home,var,proc,sys,dev,run,usr/bin}
  chmod 1777 "$tree/tmp"
  cp -L "$busybox" "$tree/bin/busybox"
  while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"; done < <("$busybox" --list)
  echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
  echo 'root:x:0:' >"$tree/etc/group"
  echo 'hosts: files dns' >"$tree/etc/nsswitch.conf"
}

# make_image NAME:TAG TREE ARCHIVE CONFIG: an OCI archive with one layer; the same bytes from the same tree.
make_image() {
  local name=$1 tree=$2 archive=$3 config=$4 work=$2.oci diff layer layer_size manifest
  local -a same_bytes=(--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu)
  mkdir -p "$work/blobs/sha256"
  tar -C "$tree" "${same_bytes[@]}" -cf "$work.layer" .
  diff=sha256:$(sha256sum <"$work.layer" | cut -d' ' -f1)
  gzip -n -1 "$work.layer"
  layer_size=$(stat -c %s "$work.layer.gz")
  layer=$(put_blob "$work" <"$work.layer.gz")
  config=$(jq -cn --argjson config "$config" --arg diff "$diff" --arg arch "$(architecture)" \
    '{created: "1970-01-01T00:00:00Z", architecture: $arch, os: "linux", config: $config,
      rootfs: {type: "layers", diff_ids: [$diff]}}')
  manifest=$(jq -cn --arg config "$(put_blob "$work" <<<"$config")" --argjson config_size $((${#config} + 1)) \
    --arg layer "$layer" --argjson layer_size "$layer_size" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
      layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $layer, size: $layer_size}]}')
  jq -cn --arg digest "$(put_blob "$work" <<<"$manifest")" --argjson size $((${#manifest} + 1)) --arg name "$name" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size,
        annotations: {"io.containerd.image.name": $name}}]}' >"$work/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$work/oci-layout"
  tar -C "$work" "${same_bytes[@]}" -c oci-layout index.json blobs | put "$archive"
}

# put_blob LAYOUT: keeps standard input as a blob and prints its digest.
put_blob() {
  local digest
  cat >"$1/blob"
  digest=$(sha256sum <"$1/blob" | cut -d' ' -f1)
  mv "$1/blob" "$1/blobs/sha256/$digest"
  echo "sha256:$digest"
}

architecture() { case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac; }
