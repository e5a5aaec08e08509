"""The servers, each with its own configuration in a temporary folder, on a free port of 127.0.0.1 or of
the far end of a Link."""

import getpass
import json
import os
import socket
import subprocess
import time
import urllib.request

import link
from measure import Broken, Server

ADD = ["add", "-r", "--cid-version=1", "--raw-leaves"]
# Kubo's default, named so that another default doesn't change what is measured.
CHUNKS = "--chunker=size-262144"


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], env=env, capture_output=True, text=True, timeout=3000)
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


def make_certificate(folder):
    """Writes `certificate` and `key`."""
    new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost".split()
    subject = ("-addext", "subjectAltName=DNS:localhost")
    run("openssl", *new, *subject, "-keyout", folder / "key", "-out", folder / "certificate")


class Place:
    """Where a server runs: here, or at the far end of a line."""

    def __init__(self, line=None):
        self.address = link.FAR if line else "127.0.0.1"
        self.prefix = line.at(line.far) if line else []


class Kubo(Server):
    """Offline: it has what was added, and asks nobody for the rest."""

    def __init__(self, stack, folder, layout, chunks=CHUNKS, place=Place(), copied=True):
        folder.mkdir(exist_ok=True)
        self.env = {**os.environ, "IPFS_PATH": str(folder / "repository"), "IPFS_TELEMETRY": "off"}
        self.ipfs("init", "--empty-repo")
        self.ipfs("config", "--json", "Gateway.NoFetch", "true")
        self.ipfs("config", "--json", "Experimental.FilestoreEnabled", "true")
        # Under the name localhost it is a trustless gateway that gives nothing but blocks and CARs.
        port = free_port()
        trustless = {"Paths": ["/ipfs"], "UseSubdomains": False, "DeserializedResponses": False}
        self.ipfs("config", "--json", "Gateway.PublicGateways", json.dumps({f"localhost:{port}": trustless}))
        self.ipfs("config", "Addresses.Gateway", f"/ip4/{place.address}/tcp/{port}")
        self.ipfs("config", "Addresses.API", f"/ip4/{place.address}/tcp/0")
        self.root = self.ipfs(*ADD, chunks, *(() if copied else ("--nocopy",)), "-Q", layout)
        command = [*place.prefix, "ipfs", "daemon", "--offline"]
        super().__init__(stack, "Kubo", command, folder / "log", self.env)
        gateway = folder / "repository" / "gateway"
        self.await_(lambda: gateway.exists() and gateway.read_text() and self.process.poll() is None)
        self.gateway = gateway.read_text().strip()
        self.trustless = self.gateway.replace(place.address, "localhost")
        self.api = (folder / "repository" / "api").read_text().strip()

    def ipfs(self, *arguments):
        return run("ipfs", *arguments, env=self.env)


class DockerRegistry(Server):
    def __init__(self, stack, folder, image=None, place=Place()):
        folder.mkdir()
        port = free_port()
        settings = folder / "config.yml"
        settings.write_text(
            f"""version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}, cache: {{blobdescriptor: inmemory}}}}
http: {{addr: "{place.address}:{port}"}}
"""
        )
        command = [*place.prefix, "docker-registry", "serve", settings]
        super().__init__(stack, "docker-registry", command, folder / "log")
        self.image = f"docker://{place.address}:{port}/bench:bench"
        self.port = port
        self.ping = f"http://{place.address}:{port}/v2/"
        self.blobs = f"{self.ping}bench/blobs/sha256:"
        if image:
            self.push(image, place)

    def push(self, image, place):
        probe = [*place.prefix, "curl", "-sf", "-o", "/dev/null", self.ping]
        self.await_(lambda: subprocess.run(probe).returncode == 0)
        # Without --preserve-digests, skopeo gzips the layers, and no peer has the same bytes any more.
        run(
            *place.prefix,
            *("skopeo", "copy", "--insecure-policy", "--quiet", "--preserve-digests"),
            *("--dest-tls-verify=false", f"oci:{image.folder}:bench", self.image),
        )


class Nginx(Server):
    def __init__(self, stack, folder, blobs, place=Place()):
        folder.mkdir()
        port, tls = free_port(), free_port()
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
  server {{
    listen {place.address}:{port}; listen {place.address}:{tls} ssl http2; root {blobs};
    ssl_certificate {folder}/certificate; ssl_certificate_key {folder}/key;
  }}
}}
"""
        )
        make_certificate(folder)
        command = [*place.prefix, "nginx", "-e", "stderr", "-c", settings]
        super().__init__(stack, "nginx", command, folder / "log")
        self.blobs = f"http://{place.address}:{port}/"
        self.blobs_by_tls = f"https://{place.address}:{tls}/"
        probe = [*place.prefix, "curl", "-s", "-o", "/dev/null", self.blobs]
        self.await_(lambda: subprocess.run(probe).returncode == 0)


class NodeRegistry(Server):
    def __init__(self, stack, folder, fetcher, store, root=""):
        folder.mkdir()
        port = free_port()
        command = [fetcher, "serve", "--store", store, "--listen", f"127.0.0.1:{port}"]
        super().__init__(stack, "the node registry", command, folder / "log")
        self.port = port
        self.ping = f"http://127.0.0.1:{port}/v2/"
        self.blobs = f"{self.ping}ipfs/{root}/blobs/sha256:"
        if root:
            self.await_(lambda: answers(port))


class Iperf(Server):
    """Sends as much as the line takes, for comparison."""

    def __init__(self, stack, folder, place):
        folder.mkdir()
        command = [*place.prefix, "iperf3", "--server", "--bind", place.address]
        super().__init__(stack, "iperf3", command, folder / "log")


def seconds_to_answer(server, begun):
    """From then until its first answer. Who asks must cost little: the server has these cores too."""
    while not answers(server.port):
        server.check_alive()
        time.sleep(0.005)
    with urllib.request.urlopen(server.ping, timeout=10) as answer:
        answer.read()
    return time.monotonic() - begun
