"""A long line between two network namespaces: 40 ms there and back, 1 Gbit/s each way.

Kernels often lack netem, so the line is a pair of TUN devices and a process that holds each packet back.
What the ends see is real TCP over it: slow start, windows, acknowledgements that take their time.
"""

import collections
import contextlib
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

from measure import Broken

ROUND_TRIP_SECONDS = 0.04
BITS_PER_SECOND = 1_000_000_000

# Large packets, or the process couldn't keep up; a connection begins with one of them, which is about
# as many bytes as the ten of 1500 bytes that it begins with elsewhere.
MTU = 16000
QUEUE_SECONDS = 0.1

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NEAR, FAR = "10.98.76.1", "10.98.76.2"


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"'ip {' '.join(arguments)}' ended with {done.returncode}: {done.stderr}")


class Link:
    """stack: a contextlib.ExitStack that takes it down. Needs root."""

    def __init__(self, stack):
        own = f"ipfs-tee-bench-{os.getpid()}"
        self.near, self.far = f"{own}-near", f"{own}-far"
        for namespace in (self.near, self.far):
            ip("netns", "add", namespace)
            stack.callback(ip, "netns", "delete", namespace)
        devices = [f"bn{os.getpid()}", f"bf{os.getpid()}"]
        process = subprocess.Popen(
            [sys.executable, __file__, *devices], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        stack.callback(process.stdout.close)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        if process.stdout.readline() != "ready\n":
            raise Broken("the line between two namespaces can't be made")
        ends = ((devices[0], self.near, NEAR, FAR), (devices[1], self.far, FAR, NEAR))
        for device, namespace, here, there in ends:
            ip("link", "set", device, "netns", namespace)
            within = ("netns", "exec", namespace, "ip")
            ip(*within, "link", "set", "lo", "up")
            ip(*within, "link", "set", device, "up", "mtu", str(MTU), "txqueuelen", "2000")
            ip(*within, "address", "add", here, "peer", there, "dev", device)
            ip(*within, "route", "change", there, "dev", device, "src", here, "initcwnd", "1")
            # No end of the buffers may be what bounds a connection: 4 MiB are less than the line holds.
            for setting in ("tcp_rmem=4096 131072 33554432", "tcp_wmem=4096 131072 33554432"):
                ip("netns", "exec", namespace, "sysctl", "-q", "-w", f"net.ipv4.{setting}")

    def at(self, namespace):
        """What goes before a command, so that it runs there."""
        return ["ip", "netns", "exec", namespace]


class Direction:
    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held = collections.deque()
        self.free = 0.0

    def take(self):
        """Every packet that is there; those that no queue would hold are lost."""
        now = time.monotonic()
        for _ in range(64):
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            begun = max(now, self.free)
            if begun - now < QUEUE_SECONDS:
                self.free = begun + len(packet) * 8 / BITS_PER_SECOND
                self.held.append((self.free + ROUND_TRIP_SECONDS / 2, packet))

    def give(self):
        """Sends on what is due, and says when the next one is, or None."""
        now = time.monotonic()
        while self.held and self.held[0][0] <= now:
            _, packet = self.held.popleft()
            # Until the other end is up, nothing gets through.
            with contextlib.suppress(OSError):
                os.write(self.target, packet)
        return self.held[0][0] if self.held else None


def tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def relay(names):
    ends = [tun(name) for name in names]
    print("ready", flush=True)
    directions = [Direction(*ends), Direction(*reversed(ends))]
    while True:
        due = [at for at in (direction.give() for direction in directions) if at]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        readable, _, _ = select.select(ends, [], [], wait)
        for direction in directions:
            if direction.source in readable:
                direction.take()


if __name__ == "__main__":
    relay(sys.argv[1:])
