"""What the figures were taken on."""

import os
import platform
import re
import subprocess
import time
from pathlib import Path


CORES = len(os.sched_getaffinity(0))


def output(*command):
    """Some of them print their version as an error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip()


def version(*command):
    found = re.search(r"\d+\.\d+[\w.+-]*", output(*command))
    return found[0] if found else "unknown"


def java():
    home = os.environ.get("JAVA_HOME")
    return version(f"{home}/bin/java" if home else "java", "-version")


def cpu():
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def memory_mib(field):
    return int(re.search(rf"^{field}:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.M)[1]) // 1024


def description(folder):
    return [
        ("Date", time.strftime("%Y-%m-%d", time.gmtime())),
        ("Machine", f"{cpu()}, {CORES} cores, {round(memory_mib('MemTotal') / 1024)} GiB"),
        ("Kernel, file system", f"{platform.release()}, {output('df', '--output=fstype', str(folder)).split()[-1]}"),
        ("JDK", java()),
        ("Kubo", version("ipfs", "version")),
        ("skopeo", version("skopeo", "--version")),
        ("docker-registry", version("docker-registry", "--version")),
        ("nginx", version("nginx", "-v")),
        ("curl", version("curl", "--version")),
    ]
