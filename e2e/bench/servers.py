"""The servers, each with its own configuration in a temporary folder, on a free port of 127.0.0.1."""

import getpass
import os
import socket
import subprocess

from measure import Broken, Server

# The chunker is Kubo's default, named so that another default doesn't change what is measured.
ADD = ["add", "-r", "--cid-version=1", "--raw-leaves", "--chunker=size-262144"]


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise Broken(f"'{' '.join(map(str, command))}' ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Kubo(Server):
    """Offline: it has what was added, and asks nobody for the rest."""

    def __init__(self, stack, folder, layout):
        folder.mkdir()
        self.env = {**os.environ, "IPFS_PATH": str(folder / "repository"), "IPFS_TELEMETRY": "off"}
        self.ipfs("init", "--empty-repo")
        self.ipfs("config", "--json", "Gateway.NoFetch", "true")
        for listener in ("Gateway", "API"):
            self.ipfs("config", f"Addresses.{listener}", "/ip4/127.0.0.1/tcp/0")
        self.root = self.ipfs(*ADD, "-Q", layout)
        super().__init__(stack, "Kubo", ["ipfs", "daemon", "--offline"], folder / "log", self.env)
        gateway = folder / "repository" / "gateway"
        self.await_(lambda: gateway.exists() and gateway.read_text() and self.process.poll() is None)
        self.gateway = gateway.read_text().strip()

    def ipfs(self, *arguments):
        return run("ipfs", *arguments, env=self.env)


class DockerRegistry(Server):
    def __init__(self, stack, folder, image):
        folder.mkdir()
        port = free_port()
        settings = folder / "config.yml"
        settings.write_text(
            f"""version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}, cache: {{blobdescriptor: inmemory}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
        )
        super().__init__(stack, "docker-registry", ["docker-registry", "serve", settings], folder / "log")
        self.image = f"docker://127.0.0.1:{port}/bench:bench"
        self.blobs = f"http://127.0.0.1:{port}/v2/bench/blobs/sha256:"
        self.await_(lambda: answers(port))
        # Without --preserve-digests, skopeo gzips the layers, and no peer has the same bytes any more.
        run(
            *("skopeo", "copy", "--insecure-policy", "--quiet", "--preserve-digests"),
            *("--dest-tls-verify=false", f"oci:{image.folder}:bench", self.image),
        )


class Nginx(Server):
    def __init__(self, stack, folder, blobs):
        folder.mkdir()
        port = free_port()
        settings = folder / "nginx.conf"
        bodies = " ".join(
            f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # The user matters only to root, whose temporary folders others can't read.
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
        settings.write_text(
            f"""daemon off; worker_processes auto; {user} pid {folder}/pid; error_log stderr;
events {{}}
http {{
  access_log off; sendfile on; tcp_nopush on; {bodies}
  server {{ listen 127.0.0.1:{port}; root {blobs}; }}
}}
"""
        )
        super().__init__(stack, "nginx", ["nginx", "-e", "stderr", "-c", settings], folder / "log")
        self.blobs = f"http://127.0.0.1:{port}/"
        self.await_(lambda: answers(port))


class NodeRegistry(Server):
    def __init__(self, stack, folder, fetcher, store, root):
        folder.mkdir()
        port = free_port()
        command = [fetcher, "serve", "--store", store, "--listen", f"127.0.0.1:{port}"]
        super().__init__(stack, "the node registry", command, folder / "log")
        self.blobs = f"http://127.0.0.1:{port}/v2/ipfs/{root}/blobs/sha256:"
        self.await_(lambda: answers(port))
