"""Over loopback, so that no network hides what the programs cost."""

import statistics
import time
import urllib.request
from contextlib import ExitStack

from image import MIB, Image
from measure import Broken, measure
from rounds import OURS, fetches, median, peak, rounds, say, sha256
from servers import DockerRegistry, Kubo, Nginx, NodeRegistry, seconds_to_answer
from tables import Must, compared, markdown
from ways import Ways

LAYERS = 4
PULLS = 200
STARTS = 9


def layers_of(mib):
    return [mib * MIB // LAYERS] * LAYERS


class Near:
    """tables, musts and costs: what came of it."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.tables, self.musts, self.costs = [], [], []
        say("makes the image")
        self.image = Image(folder / "layout", layers_of(options.size_mib))
        with ExitStack() as stack:
            say("adds it to Kubo and docker-registry")
            self.kubo = Kubo(stack, folder / "kubo", self.image.folder)
            self.registry = DockerRegistry(stack, folder / "docker-registry", self.image)
            self.store = folder / "store"
            self.fetch_files()
            self.fetch_cars()
            self.pull(stack)
            self.pull_at_once(stack)
            self.start()

    def fetch_files(self):
        ways = Ways(self.options.fetcher, self.kubo, self.image)
        peers = [
            ways.ours(),
            ways.curls("4 curls, files, unverified"),
            ways.ipfs_get(),
            ways.skopeo(self.registry),
        ]
        costs = self.compare("Fetch", peers, keep=self.store)
        ours = median(costs[OURS])
        self.peak_mib = peak(costs[OURS])
        self.musts += [
            Must("Fetch, of the time of `ipfs get`", ours / median(costs["ipfs get"]), 1, "×"),
            Must("Fetch, of the time of `skopeo copy`", ours / median(costs[peers[3].name]), 1, "×"),
            Must("Fetch, of the time of 4 unverified curls", ours / median(costs[peers[1].name]), 1.5, "×"),
        ]

    def fetch_cars(self):
        ways = Ways(self.options.fetcher, self.kubo, self.image)
        curls = ways.curls("4 curls, CAR, unverified", "?format=car", self.kubo.trustless, blob=None)
        peers = [ways.ours(self.kubo.trustless), curls, ways.ipfs_get()]
        costs = self.compare("Fetch, blocks and CARs only", peers)
        ours = median(costs[OURS])
        self.musts += [
            Must("Fetch from CARs, of the time of `ipfs get`", ours / median(costs["ipfs get"]), 1, "×"),
            Must("Fetch from CARs, of the time of 4 unverified curls", ours / median(costs[curls.name]), 1.7, "×"),
        ]

    def compare(self, title, peers, keep=None):
        costs = fetches(self.folder, peers, self.image, self.options.rounds, keep)
        peaks = {name: peak(of_peer) for name, of_peer in costs.items()}
        self.tables.append(compared(title, costs, OURS, self.image.mib, peaks))
        self.costs.append(costs)
        return costs

    def registries(self, stack, number):
        folder = self.folder / f"registries-{number}"
        folder.mkdir()
        node = NodeRegistry(stack, folder / "node", self.options.fetcher, self.store, self.kubo.root)
        nginx = Nginx(stack, folder / "nginx", self.store / "blobs" / "sha256")
        return [node, nginx, self.registry]

    def pull(self, stack):
        def once(server, first):
            if first:
                for hex_ in self.image.sizes:
                    with urllib.request.urlopen(server.blobs + hex_) as answer:
                        if sha256(answer) != hex_:
                            raise Broken(f"{server.name} serves other content")
            curls = [["curl", "-sSf", "-o", "/dev/null", server.blobs + h] for h in self.image.sizes]
            return measure(curls, server, self.folder / "log")

        servers = self.registries(stack, 1)
        costs = rounds(servers, self.options.rounds, once)
        peaks = {server.name: server.peak_mib() for server in servers}
        self.tables.append(compared("Registry, 4 blobs at once", costs, servers[0].name, self.image.mib, peaks))
        self.costs.append(costs)
        ours, nginx, docker = (median(costs[server.name]) for server in servers)
        self.musts += [
            Must("Warm pull, of nginx's throughput", nginx / ours, 0.9, "×", least=True),
            Must("Warm pull, of docker-registry's throughput", docker / ours, 1, "×", least=True),
        ]

    def pull_at_once(self, stack):
        """One curl with many connections, each for the beginning of a layer."""
        hexes = list(self.image.sizes)
        length = min(32 * MIB, *self.image.sizes.values())

        def once(server, first):
            urls = [part for n in range(PULLS) for part in ("-o", "/dev/null", server.blobs + hexes[n % len(hexes)])]
            parallel = ["--parallel", "--parallel-immediate", "--parallel-max", str(PULLS)]
            curl = ["curl", "-sSf", "--range", f"0-{length - 1}", *parallel, *urls]
            return measure([curl], server, self.folder / "log")

        servers = self.registries(stack, 2)
        costs = rounds(servers, 1, once)
        peaks = {server.name: server.peak_mib() for server in servers}
        title = f"Registry, {PULLS} pulls at once"
        self.tables.append(compared(title, costs, servers[0].name, PULLS * length / MIB, peaks))
        self.costs.append(costs)
        self.musts.append(Must(f"Registry's memory at {PULLS} pulls", peaks[servers[0].name], 192, " MiB"))

    def start(self):
        """From the start of the process to the first answer, by a client that asks all the time."""

        def starts(server):
            took = []
            for number in range(STARTS):
                with ExitStack() as stack:
                    begun = time.monotonic()
                    took.append(seconds_to_answer(server(stack, self.folder / f"start-{server.__name__}-{number}"), begun))
            return took

        def node(stack, folder):
            return NodeRegistry(stack, folder, self.options.fetcher, self.store)

        def docker(stack, folder):
            return DockerRegistry(stack, folder)

        rows = [["Start to first answer", "milliseconds", "min–max"]]
        both = {"**the node registry**": starts(node), "docker-registry": starts(docker)}
        for name, took in both.items():
            low, middle, high = (f"{1000 * f(took):.0f}" for f in (min, statistics.median, max))
            rows.append([name, middle, f"{low}–{high}"])
        self.tables.append(markdown(rows))
        cold = 1000 * statistics.median(both["**the node registry**"])
        self.musts.append(Must("Registry's start to its first answer", cold, 400, " ms"))
