"""Over a line of 40 ms and 1 Gbit/s, where what counts is how few round trips are waited for."""

import json
import subprocess
from contextlib import ExitStack

from image import Image
from link import Link
from measure import Broken
from near import layers_of
from rounds import OURS, fetches, median, peak, say
from servers import DockerRegistry, Iperf, Kubo, Place
from tables import Must, compared
from ways import Ways, iperf

SMALL_LAYERS = 125
SMALL_BYTES = 7 * 1024
SMALL_CHUNKS = "--chunker=size-1280"


class FarAway:
    """tables, musts and costs: what came of it."""

    def __init__(self, options, folder, image):
        self.options, self.folder = options, folder
        self.tables, self.musts, self.costs = [], [], []
        self.large(image)
        small = folder / "small"
        self.small(Image(small, [SMALL_BYTES] * SMALL_LAYERS))

    def large(self, image):
        with ExitStack() as stack:
            line = Link(stack)
            place = Place(line)
            say("adds the image to a Kubo far away")
            kubo = Kubo(stack, self.folder / "far-kubo", image.folder, place=place)
            stream = Iperf(stack, self.folder / "far-iperf", place)
            ways = Ways(self.options.fetcher, kubo, image, line.at(line.near))
            peers = [ways.ours(), ways.curls("4 curls, files, unverified"), ways.ipfs_get()]
            before = self.throughput(stream, line)
            costs = self.compare("Fetch, 40 ms and 1 Gbit/s away", peers, image)
            line_mib = (before + self.throughput(stream, line)) / 2
        self.tables[-1] += f"\n\nAn iperf3 stream that was warm took {line_mib:.0f} MiB/s of the line."
        share = image.mib / median(costs[OURS]) / line_mib
        self.musts.append(Must("Fetch from far away, of iperf3's throughput", share, 0.8, "×", least=True))

    @staticmethod
    def throughput(stream, line):
        """MiB a second."""
        stream.check_alive()
        command = iperf(stream, line.at(line.near))
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Broken(f"iperf3 ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"] / 8 / (1 << 20)

    def small(self, image):
        with ExitStack() as stack:
            line = Link(stack)
            place = Place(line)
            kubo = Kubo(stack, self.folder / "small-kubo", image.folder, SMALL_CHUNKS, place)
            registry = DockerRegistry(stack, self.folder / "small-registry", image, place)
            ways = Ways(self.options.fetcher, kubo, image, line.at(line.near))
            peers = [
                ways.ours(),
                ways.one_car("1 curl, CAR of all, unverified"),
                ways.one_curl("1 curl, files, 50 at a time, unverified"),
                ways.ipfs_get(),
                ways.skopeo(registry),
            ]
            costs = self.compare(f"{SMALL_LAYERS} layers, 1,000 blocks, 40 ms away", peers, image)
        # curl only says what the line allows: it is told what to get.
        best = min(median(costs[peer.name]) for peer in peers[3:])
        self.musts.append(Must("Many small blocks, of the best tool's time", median(costs[OURS]) / best, 2, "×"))

    def compare(self, title, peers, image):
        costs = fetches(self.folder, peers, image, min(self.options.rounds, 3))
        peaks = {name: peak(of_peer) for name, of_peer in costs.items()}
        self.tables.append(compared(title, costs, OURS, image.mib, peaks))
        self.costs.append(costs)
        return costs
