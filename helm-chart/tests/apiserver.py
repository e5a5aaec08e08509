"""A real kube-apiserver with its etcd, alone: no controllers, no kubelet."""

import atexit
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from chart import run


class Refused(Exception):
    """An answer of 400 or above; the text is the server's message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class ApiServer:
    """Starts on a free port of 127.0.0.1 and stops with the Python process."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="chart-test-"))
        self.processes = []
        atexit.register(self.stop)
        self.token = secrets.token_hex(16)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        folder = self.folder
        (folder / "tokens.csv").write_text(f"{self.token},admin,admin,system:masters\n")
        run("openssl", "genpkey", "-algorithm", "RSA", "-out", folder / "sa.key")
        socket_url = f"unix://{folder}/etcd.sock"
        peer_url = f"unix://{folder}/peer.sock"
        self._spawn(
            "etcd", "--data-dir", folder / "etcd", "--unsafe-no-fsync",
            "--listen-client-urls", socket_url, "--advertise-client-urls", socket_url,
            "--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url,
            "--initial-cluster", f"default={peer_url}",
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._spawn(
            os.environ.get("KUBE_APISERVER", "kube-apiserver"), "--etcd-servers", socket_url,
            "--bind-address", "127.0.0.1", "--secure-port", self.port,
            "--cert-dir", folder / "certs", "--token-auth-file", folder / "tokens.csv",
            "--authorization-mode", "RBAC", "--allow-privileged=true", "--service-cluster-ip-range", "10.0.0.0/24",
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", folder / "sa.key",
            "--service-account-signing-key-file", folder / "sa.key",
        )  # fmt: skip
        self._await_ready()
        self.kubeconfig = folder / "kubeconfig"
        config = ["kubectl", "config", "--kubeconfig", self.kubeconfig]
        run(*config, "set-cluster", "test", f"--server=https://127.0.0.1:{self.port}",
            f"--certificate-authority={folder}/certs/apiserver.crt")  # fmt: skip
        run(*config, "set-credentials", "admin", f"--token={self.token}")
        run(*config, "set-context", "test", "--cluster=test", "--user=admin")
        run(*config, "use-context", "test")

    def _spawn(self, program, *arguments):
        log = open(self.folder / f"{program}.log", "w")
        process = subprocess.Popen(
            [program, *map(str, arguments)], stdout=log, stderr=subprocess.STDOUT, cwd=self.folder
        )
        self.processes.append((program, process))

    def _await_ready(self):
        deadline = time.monotonic() + 120
        while True:
            for program, process in self.processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{program} ended:\n{self._log(program)}")
            try:
                self.get("/readyz")
                return
            except (OSError, Refused, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"not ready in 120 s:\n{self._log('kube-apiserver')}")
                time.sleep(0.2)

    def _log(self, program):
        return (self.folder / f"{program}.log").read_text()[-4000:]

    def stop(self):
        # A signal that arrives now must not keep the rest from being stopped.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.processes = []
        shutil.rmtree(self.folder, ignore_errors=True)

    def env(self):
        """Environment in which kubectl and helm speak to this server and leave no file elsewhere."""
        private = {"KUBECONFIG": str(self.kubeconfig)}
        private |= {f"HELM_{k}_HOME": str(self.folder / "helm") for k in ("CACHE", "CONFIG", "DATA")}
        return os.environ | private

    def request(self, method, path, body=None, user=None, groups=(), media="application/json"):
        """The answer's JSON (or text); raises Refused. `user` is impersonated."""
        context = ssl.create_default_context(cafile=str(self.folder / "certs" / "apiserver.crt"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        connection.putrequest(method, path)
        data = b"" if body is None else json.dumps(body).encode()
        connection.putheader("Authorization", f"Bearer {self.token}")
        connection.putheader("Content-Type", media)
        connection.putheader("Content-Length", str(len(data)))
        if user:
            connection.putheader("Impersonate-User", user)
            for group in groups or ("system:authenticated",):
                connection.putheader("Impersonate-Group", group)
        connection.endheaders(data)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status >= 400:
            try:
                text = json.loads(text)["message"]
            except (ValueError, KeyError):
                pass
            raise Refused(answer.status, text)
        return json.loads(text) if text[:1] in "{[" else text

    def get(self, path):
        return self.request("GET", path)

    def create(self, path, body, dry_run=False, **who):
        return self.request("POST", path + ("?dryRun=All" if dry_run else ""), body, **who)

    def merge(self, path, patch, **who):
        return self.request("PATCH", path, patch, media="application/merge-patch+json", **who)
