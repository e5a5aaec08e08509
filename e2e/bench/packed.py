"""The image fetcher as its image has it: with that Java, these options, and the archive of classes."""

import json
import tarfile

from measure import Broken


def unpack(archive, folder):
    """Unpacks a container image (an OCI archive).

    returns a script that runs what the image runs
    """
    if not archive.exists():
        raise Broken(f"{archive} isn't there: run make images")
    root = folder / "root"
    root.mkdir(parents=True)
    with tarfile.open(archive) as image:

        def blob(descriptor):
            return image.extractfile("blobs/" + descriptor["digest"].replace(":", "/"))

        manifest = json.load(blob(json.load(image.extractfile("index.json"))["manifests"][0]))
        for layer in manifest["layers"]:
            with blob(layer) as content, tarfile.open(fileobj=content) as files:
                files.extractall(root)
        java, options = json.load(blob(manifest["config"]))["config"]["Entrypoint"]
    here = folder / "java.options"
    here.write_text((root / options.lstrip("@/")).read_text().replace("/app/", f"{root}/app/"))
    script = folder / "image-fetcher"
    script.write_text(f'#!/bin/sh\nexec {root}{java} ${{JAVA_EXTRA-}} @{here} "$@"\n')
    script.chmod(0o755)
    return script
