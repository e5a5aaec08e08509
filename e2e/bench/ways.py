"""The ways to get an image that are compared."""

import link
from rounds import OURS, Peer


class Ways:
    """From one Kubo and one docker-registry.

    prefix: what goes before each command, to run it elsewhere
    """

    def __init__(self, fetcher, kubo, image, prefix=()):
        self.fetcher, self.kubo, self.image, self.prefix = fetcher, kubo, image, list(prefix)

    def ours(self, gateway=None):
        def commands(to):
            # A disk that is fuller than nodes may be is no reason not to measure.
            options = ["--min-free", "0", "--gateway", gateway or self.kubo.gateway]
            # The largest image is larger than what the default allows.
            options += ["--max-bytes", "32Gi"]
            options += ["--allow-http", "--allow-private-addresses"]
            options += ["--platform", "linux/amd64", "--report", f"{to}.report"]
            fetch = [str(self.fetcher), "fetch", "--store", str(to), *options, f"ipfs://{self.kubo.root}"]
            return [self.prefix + fetch]

        return Peer(OURS, self.kubo, commands)

    def curls(self, name, suffix="", gateway=None, blob="{}"):
        """One process for each layer, all at once."""
        url = f"{gateway or self.kubo.gateway}/ipfs/{self.kubo.root}/blobs/sha256/"

        def commands(to):
            return [self.prefix + ["curl", "-sSf", "-o", f"{to}/{h}", f"{url}{h}{suffix}"] for h in self.image.sizes]

        return Peer(name, self.kubo, commands, blob)

    def one_curl(self, name):
        """One process that asks for many at a time over as many connections as it likes."""
        url = f"{self.kubo.gateway}/ipfs/{self.kubo.root}/blobs/sha256/"

        def commands(to):
            pairs = [part for h in self.image.sizes for part in ("-o", f"{to}/{h}", f"{url}{h}")]
            return [self.prefix + ["curl", "-sSf", "--parallel", *pairs]]

        return Peer(name, self.kubo, commands, "{}")

    def one_car(self, name):
        """All of the layout in one answer."""
        url = f"{self.kubo.gateway}/ipfs/{self.kubo.root}?format=car"
        return Peer(name, self.kubo, lambda to: [self.prefix + ["curl", "-sSf", "-o", f"{to}/car", url]], None)

    def ipfs_get(self):
        def commands(to):
            get = ["ipfs", "--api", self.kubo.api, "get", "--progress=false", "-o", str(to), self.kubo.root]
            return [self.prefix + get]

        return Peer("ipfs get", self.kubo, commands)

    def skopeo(self, registry):
        def commands(to):
            # As when it was pushed: without --preserve-digests, this would measure gzip.
            options = ["--insecure-policy", "--quiet", "--preserve-digests", "--src-tls-verify=false"]
            return [self.prefix + ["skopeo", "copy", *options, registry.image, f"oci:{to}:bench"]]

        return Peer("skopeo copy, docker-registry", registry, commands)


def iperf(server, prefix):
    """A stream that has been running for 3 s, for 8 s."""
    command = ["iperf3", "--client", link.FAR, "--reverse", "--omit", "3", "--time", "8", "--json"]
    return [*prefix, *command]
