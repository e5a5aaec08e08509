"""Images of incompressible bytes, the same ones on every machine, as OCI layouts."""

import hashlib
import json
import random
import tarfile

MIB = 1 << 20


class Image:
    """Layers are plain tar, so that no peer is measured by its gunzip.

    content: how many bytes are in the one file of each layer
    """

    def __init__(self, folder, content):
        self.folder = folder
        self.content = sum(content)
        self.blobs = folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.layers = [self._layer(number, size) for number, size in enumerate(content)]
        digests = [layer["digest"] for layer in self.layers]
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/0"]},
            "rootfs": {"type": "layers", "diff_ids": digests},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": self._json(config, "application/vnd.oci.image.config.v1+json"),
            "layers": self.layers,
        }
        self.manifest = self._json(manifest, manifest["mediaType"])
        tagged = {**self.manifest, "annotations": {"org.opencontainers.image.ref.name": "bench"}}
        index = {"schemaVersion": 2, "manifests": [tagged]}
        (folder / "index.json").write_text(json.dumps(index))
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    @property
    def sizes(self):
        """The layers: hex digest -> bytes."""
        return {layer["digest"].removeprefix("sha256:"): layer["size"] for layer in self.layers}

    @property
    def mib(self):
        return sum(self.sizes.values()) / MIB

    def _layer(self, number, content):
        source = random.Random(f"ipfs-tee-operator layer {number}")
        hashed = hashlib.sha256()
        unnamed = self.blobs / "unnamed"
        header = tarfile.TarInfo(str(number))
        header.size = content
        with unnamed.open("wb") as file:

            def write(piece):
                file.write(piece)
                hashed.update(piece)

            write(header.tobuf())
            for begun in range(0, content, MIB):
                write(source.randbytes(min(MIB, content - begun)))
            write(bytes(-content % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
            size = file.tell()
        unnamed.rename(self.blobs / hashed.hexdigest())
        return {
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": f"sha256:{hashed.hexdigest()}",
            "size": size,
        }

    def _json(self, document, media_type):
        text = json.dumps(document).encode()
        digest = hashlib.sha256(text).hexdigest()
        (self.blobs / digest).write_bytes(text)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(text)}
