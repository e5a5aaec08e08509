"""HTTP/1.1 over several connections and HTTP/2 over one, far away: what each takes of the line."""

from contextlib import ExitStack

from image import Image
from link import Link
from rounds import Peer, fetches, median
from servers import Nginx, Place
from tables import markdown

FILES = 1000
FILE_BYTES = 512


class Protocols:
    """tables, musts and costs: what came of it. Nothing here is ours: it is why ours speaks HTTP/1.1."""

    def __init__(self, options, folder, image):
        self.rounds, self.folder = min(options.rounds, 3), folder
        self.tables, self.musts, self.costs = [], [], []
        with ExitStack() as stack:
            self.line = Link(stack)
            self.compare(stack, image, f"{len(image.layers)} large files, 40 ms away", [4], 4)
        with ExitStack() as stack:
            self.line = Link(stack)
            small = Image(folder / "files", [FILE_BYTES] * FILES)
            self.compare(stack, small, f"{FILES} small files, 40 ms away", [8, 32], 100)

    def compare(self, stack, image, title, connections, streams):
        nginx = Nginx(stack, self.folder / f"far-nginx-{len(self.tables)}", image.blobs, Place(self.line))

        def peer(name, at_a_time, *options):
            options = [*options, "--parallel", "--parallel-max", str(at_a_time)]

            def commands(to):
                pairs = [part for h in image.sizes for part in ("-o", f"{to}/{h}", nginx.blobs_by_tls + h)]
                return [[*self.line.at(self.line.near), "curl", "-sSfk", *options, *pairs]]

            return Peer(name, nginx, commands, "{}")

        peers = [peer(f"HTTP/1.1, {n} connections", n, "--http1.1", "--parallel-immediate") for n in connections]
        peers.append(peer(f"HTTP/2, 1 connection, {streams} at a time", streams, "--http2"))
        costs = fetches(self.folder, peers, image, self.rounds)
        rows = [[title, "seconds", "min–max"]]
        for name, of_peer in costs.items():
            times = sorted(cost.seconds for cost in of_peer)
            rows.append([name, f"{median(of_peer):.2f}", f"{times[0]:.2f}–{times[-1]:.2f}"])
        self.tables.append(markdown(rows))
        self.costs.append(costs)
