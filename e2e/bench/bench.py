"""The benchmark: see run."""

import argparse
import contextlib
import hashlib
import json
import re
import shutil
import signal
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path

import machine
from image import MIB, Image
from measure import Broken, measure
from servers import ADD, DockerRegistry, Kubo, Nginx, NodeRegistry

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGE = PROJECT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
OURS = "image-fetcher"
MUST_MEMORY_MIB = 256


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Peer:
    """One way to get the image.

    commands: destination folder -> what runs at once
    blob:     hex digest -> path in the destination; None when what is written isn't the blob itself
    """

    def __init__(self, name, server, commands, blob="blobs/sha256/{}"):
        self.name, self.server, self.commands, self.blob = name, server, commands, blob


def fetch_peers(fetcher, kubo, registry, image):
    def curls(suffix):
        url = f"{kubo.gateway}/ipfs/{kubo.root}/blobs/sha256/"
        return lambda to: [["curl", "-sSf", "-o", f"{to}/{h}", f"{url}{h}{suffix}"] for h in image.hexes]

    def ours(to):
        # A disk that is fuller than nodes may be is no reason not to measure.
        options = ["--min-free", "0", "--gateway", kubo.gateway, "--allow-http", "--allow-private-addresses"]
        options += ["--platform", "linux/amd64", "--report", f"{to}.report"]
        return [[str(fetcher), "fetch", "--store", str(to), *options, f"ipfs://{kubo.root}"]]

    def ipfs_get(to):
        return [["ipfs", "--repo-dir", kubo.env["IPFS_PATH"], "get", "--progress=false", "-o", str(to), kubo.root]]

    def skopeo(to):
        # As when it was pushed: without --preserve-digests, this would measure gzip.
        options = ["--insecure-policy", "--quiet", "--preserve-digests", "--src-tls-verify=false"]
        return [["skopeo", "copy", *options, registry.image, f"oci:{to}:bench"]]

    return [
        Peer(OURS, kubo, ours),
        Peer("4 curls, CAR, unverified", kubo, curls("?format=car"), None),
        Peer("4 curls, files, unverified", kubo, curls(""), "{}"),
        Peer("ipfs get", kubo, ipfs_get),
        Peer("skopeo copy, docker-registry", registry, skopeo),
    ]


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
    for hex_ in image.hexes:
        file = to / (peer.blob or "{}").format(hex_)
        size = file.stat().st_size if file.is_file() else 0
        if size < image.layer_bytes or peer.blob and size > image.layer_bytes:
            raise Broken(f"{peer.name}: expected {image.layer_bytes} bytes in {file.name}, found {size}")
        if contents and peer.blob:
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


def measure_fetch(folder, peers, image, count, keep):
    """keep: where the first store of ours goes, for the registry to serve."""

    def once(peer, first):
        to = folder / "destination"
        to.mkdir(mode=0o700)
        cost = measure(peer.commands(to), peer.server, folder / "log")
        check(peer, to, image, contents=first)
        if first and peer.name == OURS:
            to.rename(keep)
        else:
            shutil.rmtree(to)
        return cost

    return rounds(peers, count, once)


def measure_registry(folder, servers, image, count):
    def once(server, first):
        if first:
            for hex_ in image.hexes:
                with urllib.request.urlopen(server.blobs + hex_) as answer:
                    if sha256(answer) != hex_:
                        raise Broken(f"{server.name} serves other content")
        curls = [["curl", "-sSf", "-o", "/dev/null", server.blobs + h] for h in image.hexes]
        return measure(curls, server, folder / "log")

    return rounds(servers, count, once)


def median(costs, field):
    return statistics.median(getattr(cost, field) for cost in costs)


def table(title, costs, ours, mib, peaks):
    """peaks: name -> MiB."""
    head = [title, "seconds", "min–max", "MiB/s", "time, ours ÷ this", "CPU s, client", "CPU s, server", "peak MiB"]
    rows = [head, ["---"] + ["--:"] * (len(head) - 1)]
    reference = median(costs[ours], "seconds")
    for name, of_peer in costs.items():
        seconds = median(of_peer, "seconds")
        times = sorted(cost.seconds for cost in of_peer)
        rows.append(
            [
                f"**{name}**" if name == ours else name,
                f"{seconds:.2f}",
                f"{times[0]:.2f}–{times[-1]:.2f}",
                f"{mib / seconds:.0f}",
                f"{reference / seconds:.2f}",
                f"{median(of_peer, 'cpu'):.2f}",
                f"{median(of_peer, 'server_cpu'):.2f}",
                f"{peaks[name]:.0f}",
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows
    )


def taken_by_others(*measured):
    """The share of the cores, while something was measured, that neither it nor its server used."""
    costs = [cost for costs in measured for of_peer in costs.values() for cost in of_peer]
    return sum(cost.other_cpu for cost in costs) / sum(cost.seconds for cost in costs) / machine.CORES


def musts(costs):
    """Told, and never a reason to fail: they depend on the machine."""
    ours, theirs = median(costs[OURS], "seconds"), median(costs["ipfs get"], "seconds")
    peak = max(cost.peak_mib for cost in costs[OURS])
    return [
        ("faster than `ipfs get`", ours < theirs, f"{ours:.2f} s against {theirs:.2f} s"),
        (f"at most {MUST_MEMORY_MIB} MiB of memory", peak <= MUST_MEMORY_MIB, f"{peak:.0f} MiB"),
    ]


def write_page(block):
    page = PAGE.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
    if len(pattern.findall(page)) != 1:
        raise Broken(f"{PAGE.relative_to(PROJECT)} has no '{BEGIN}' … '{END}'")
    PAGE.write_text(pattern.sub(lambda _: f"{BEGIN}\n{block}\n{END}", page))


def bench(options, folder):
    described = machine.description(folder)
    needed = 6 * options.size_mib * MIB
    if shutil.disk_usage(folder).free < needed:
        raise Broken(f"expected {needed // MIB} MiB free in {folder}")
    if machine.memory_mib("MemAvailable") * MIB < needed:
        say("little memory: the sources may not stay in the page cache, and times be those of the disk")
    say("makes the image")
    image = Image(folder / "layout", options.size_mib)
    with contextlib.ExitStack() as stack:
        say("adds it to Kubo and docker-registry")
        kubo = Kubo(stack, folder / "kubo", image.folder)
        registry = DockerRegistry(stack, folder / "docker-registry", image)
        store = folder / "store"
        peers = fetch_peers(options.fetcher, kubo, registry, image)
        fetched = measure_fetch(folder, peers, image, options.rounds, keep=store)
        node = NodeRegistry(stack, folder / "node-registry", options.fetcher, store, kubo.root)
        nginx = Nginx(stack, folder / "nginx", store / "blobs" / "sha256")
        servers = [node, nginx, registry]
        served = measure_registry(folder, servers, image, options.rounds)
        fetch_peaks = {name: max(cost.peak_mib for cost in costs) for name, costs in fetched.items()}
        serve_peaks = {server.name: server.peak_mib() for server in servers}
    told = musts(fetched)
    block = "\n".join(
        [
            *(f"- {name}: {value}" for name, value in described),
            f"- Image: {options.size_mib} MiB in {len(image.layers)} layers, `ipfs {' '.join(ADD)}`; "
            f"medians of {options.rounds} rounds",
            f"- CPU taken by other programs meanwhile: {taken_by_others(fetched, served):.0%}",
            "",
            table("Fetch", fetched, OURS, options.size_mib, fetch_peaks),
            "",
            table("Registry, 4 blobs at once", served, node.name, options.size_mib, serve_peaks),
            "",
            *(f"- Must be {must}: **{'met' if met else 'NOT met'}** ({how})" for must, met, how in told),
        ]
    )
    print(block)
    if options.markdown:
        write_page(block)
    return sum(met for _, met, _ in told), len(told)


def main():
    parser = argparse.ArgumentParser(prog="run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--fetcher", type=Path, default=PROJECT / "image-fetcher" / "bin" / "image-fetcher")
    options = parser.parse_args()
    if options.rounds < 1 or options.size_mib < 4 or options.size_mib % 4:
        parser.error("expected at least one round, and MiB that are a multiple of 4")

    def ended(number, _):
        raise Broken("took too long" if number == signal.SIGALRM else "was told to stop")

    # Raised, so that every server is stopped and every folder removed on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, ended)
    parent = PROJECT / "target" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            met, of = bench(options, Path(folder))
    except (Broken, OSError, KeyboardInterrupt) as failure:
        print(f"bench: failed: {failure or 'interrupted'}")
        return 1
    print(f"bench: done, {met} of {of} musts met")
    return 0


if __name__ == "__main__":
    sys.exit(main())
