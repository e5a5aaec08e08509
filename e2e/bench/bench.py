"""The benchmark: see run."""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import machine
from faraway import FarAway
from image import MIB
from measure import Broken
from near import Near
from packed import unpack
from protocols import Protocols
from rounds import OURS, median, say, taken_by_others
from servers import ADD, CHUNKS
from sizes import Sizes

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGE = PROJECT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def write_page(block):
    page = PAGE.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
    if len(pattern.findall(page)) != 1:
        raise Broken(f"{PAGE.relative_to(PROJECT)} has no '{BEGIN}' … '{END}'")
    PAGE.write_text(pattern.sub(lambda _: f"{BEGIN}\n{block}\n{END}", page))


def bench(options, folder):
    options.fetcher = options.fetcher or unpack(PROJECT / "target" / "images" / "image-fetcher.tar", folder / "image")
    described = machine.description(folder)
    needed = max(8 * options.size_mib, 3 * 1024 * options.largest_gib) * MIB
    if shutil.disk_usage(folder).free < needed:
        raise Broken(f"expected {needed // MIB} MiB free in {folder}")
    if machine.memory_mib("MemAvailable") < 6 * options.size_mib:
        say("little memory: the sources may not stay in the page cache, and times be those of the disk")
    parts = [Near(options, folder)]
    near = parts[0]
    if os.geteuid() == 0 and Path("/dev/net/tun").exists():
        parts.append(FarAway(options, folder, near.image))
        parts.append(Protocols(options, folder, near.image))
    else:
        say("nothing is measured far away: that needs root, and TUN devices")
    known = {options.size_mib: (near.peak_mib, median(near.costs[0][OURS]))}
    parts.append(Sizes(options, folder, known))
    costs = [of_part for part in parts for of_part in part.costs]
    tables = [table for part in parts for table in part.tables]
    musts = [must for part in parts for must in part.musts]
    block = "\n".join(
        [
            *(f"- {name}: {value}" for name, value in described),
            f"- Image: {options.size_mib} MiB in {len(near.image.layers)} layers, `ipfs {' '.join([*ADD, CHUNKS])}`; "
            f"medians of {options.rounds} rounds, of {min(3, options.rounds)} far away",
            f"- CPU taken by other programs meanwhile: {taken_by_others(costs):.0%}",
            "",
            "\n\n".join(tables),
            "",
            *map(str, musts),
        ]
    )
    print(block)
    if options.markdown:
        write_page(block)
    return sum(must.met for must in musts), len(musts)


def main():
    parser = argparse.ArgumentParser(prog="run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--largest-gib", type=int, default=0)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--fetcher", type=Path)
    options = parser.parse_args()
    if options.rounds < 1 or options.size_mib < 4 or options.size_mib % 4 or options.largest_gib < 0:
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
