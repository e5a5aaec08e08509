"""Whether a larger image takes more memory."""

import shutil
from contextlib import ExitStack

from image import MIB, Image
from near import layers_of
from rounds import fetches, median, peak
from servers import Kubo
from tables import Must, markdown
from ways import Ways

MUST_MIB = 160


class Sizes:
    """tables, musts and costs: what came of it.

    measured: MiB of an image -> peak MiB and seconds that are known already
    """

    def __init__(self, options, folder, measured):
        self.costs, self.musts = [], []
        for mib in {10, options.largest_gib * 1024} - {0} - set(measured):
            measured[mib] = self.measure(options, folder / f"size-{mib}", mib)
        rows = [["Size of the image", "peak MiB", "seconds"]]
        rows += [[f"{mib} MiB", f"{top:.0f}", f"{seconds:.2f}"] for mib, (top, seconds) in sorted(measured.items())]
        self.tables = [markdown(rows)]
        worst = max(top for top, _ in measured.values())
        self.musts.append(Must(f"Memory of a fetch, up to {max(measured)} MiB", worst, MUST_MIB, " MiB"))

    def measure(self, options, folder, mib):
        folder.mkdir()
        image = Image(folder / "layout", layers_of(mib))
        with ExitStack() as stack:
            # Not copied: the largest image would need its size on the disk three times.
            kubo = Kubo(stack, folder, image.folder, copied=False)
            ours = Ways(options.fetcher, kubo, image).ours()
            costs = fetches(folder, [ours], image, 1)
        shutil.rmtree(folder)
        self.costs.append(costs)
        (of_ours,) = costs.values()
        return peak(of_ours), median(of_ours)
