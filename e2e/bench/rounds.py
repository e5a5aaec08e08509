"""Peers take turns, so that whatever disturbs the machine disturbs all."""

import hashlib
import json
import shutil
import statistics
import sys
from pathlib import Path

import machine
from image import MIB
from measure import Broken, measure

OURS = "image-fetcher"


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Peer:
    """One way to get an image.

    commands: destination folder -> what runs at once
    blob:     hex digest -> path in the destination; None when what is written aren't the blobs themselves
    """

    def __init__(self, name, server, commands, blob="blobs/sha256/{}"):
        self.name, self.server, self.commands, self.blob = name, server, commands, blob


def sha256(stream):
    hashed = hashlib.sha256()
    while piece := stream.read(MIB):
        hashed.update(piece)
    return hashed.hexdigest()


def check(peer, to, image, contents):
    """Whoever doesn't bring all bytes isn't measured. Hashed only in the round that doesn't count."""
    if peer.name == OURS:
        report = Path(f"{to}.report")
        outcome = json.loads(report.read_text())["outcome"]
        report.unlink()
        if outcome != "Succeeded":
            raise Broken(f"{OURS} reports '{outcome}'")
    if not peer.blob:
        # The padding of tar files is the same everywhere, and in a CAR once.
        brought = sum(file.stat().st_size for file in to.iterdir())
        if brought < image.content:
            raise Broken(f"{peer.name}: expected at least {image.content} bytes, found {brought}")
        return
    for hex_, expected in image.sizes.items():
        file = to / peer.blob.format(hex_)
        size = file.stat().st_size if file.is_file() else 0
        if size != expected:
            raise Broken(f"{peer.name}: expected {expected} bytes in {file.name}, found {size}")
        if contents:
            with file.open("rb") as stream:
                if sha256(stream) != hex_:
                    raise Broken(f"{peer.name}: {file.name} has other content")


def rounds(peers, count, once):
    """Round 0 warms the source and doesn't count. Each round starts with another peer."""
    costs = {peer.name: [] for peer in peers}
    for number in range(count + 1):
        say(f"round {number} of {count}")
        start = number % len(peers)
        for peer in peers[start:] + peers[:start]:
            cost = once(peer, number == 0)
            say(f"  {peer.name}: {cost.seconds:.2f} s")
            if number:
                costs[peer.name].append(cost)
    return costs


def fetches(folder, peers, image, count, keep=None):
    """keep: where the first store of ours goes, for the registry to serve."""

    def once(peer, first):
        to = folder / "destination"
        to.mkdir(mode=0o700)
        cost = measure(peer.commands(to), peer.server, folder / "log")
        check(peer, to, image, contents=first)
        if first and keep and peer.name == OURS:
            to.rename(keep)
        else:
            shutil.rmtree(to)
        return cost

    return rounds(peers, count, once)


def median(costs, field="seconds"):
    return statistics.median(getattr(cost, field) for cost in costs)


def peak(costs):
    return max(cost.peak_mib for cost in costs)


def taken_by_others(measured):
    """The share of the cores, while something was measured, that neither it nor its server used."""
    costs = [cost for costs in measured for of_peer in costs.values() for cost in of_peer]
    return sum(cost.other_cpu for cost in costs) / sum(cost.seconds for cost in costs) / machine.CORES
