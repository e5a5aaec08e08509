"""Runs commands and says what they cost."""

import os
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
LIMIT_SECONDS = 900


class Broken(Exception):
    """Something doesn't work; the text says what, with the end of its log."""


def tail(log):
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


class Cost:
    """Wall seconds, CPU seconds of the commands, the server and all else, peak memory of the largest command."""

    def __init__(self, seconds, cpu, server_cpu, other_cpu, peak_kib):
        self.seconds = seconds
        self.cpu = cpu
        self.server_cpu = server_cpu
        self.other_cpu = other_cpu
        self.peak_mib = peak_kib / 1024


def machine_cpu():
    """CPU seconds of the whole machine so far, those that its hypervisor gave to others included."""
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


def measure(commands, server, log):
    """Runs all commands at once, until the last one has ended."""
    # What an earlier command left to be written must not slow this one down.
    os.sync()
    server_cpu, all_cpu = server.cpu(), machine_cpu()
    running, usages = [], []
    signal.alarm(LIMIT_SECONDS)
    begun = time.monotonic()
    try:
        with log.open("wb") as output:
            for command in commands:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
                running.append(process)
        for process in running:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            usages.append(usage)
        seconds = time.monotonic() - begun
    finally:
        signal.alarm(0)
        for process in running:
            if process.returncode is None:
                process.kill()
                process.wait()
    for process in running:
        if process.returncode:
            raise Broken(f"'{' '.join(process.args)}' ended with {process.returncode}:\n{tail(log)}")
    server_cpu, all_cpu = server.cpu() - server_cpu, machine_cpu() - all_cpu
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    peak_kib = max(usage.ru_maxrss for usage in usages)
    return Cost(seconds, cpu, server_cpu, max(0, all_cpu - cpu - server_cpu), peak_kib)


class Server:
    """A process that was started here, and is stopped here whatever happens.

    stack: a contextlib.ExitStack that stops it
    """

    def __init__(self, stack, name, command, log, env=None):
        self.name, self.log = name, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(c) for c in command], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        stack.callback(self._stop)

    def _stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def await_(self, ready):
        deadline = time.monotonic() + 60
        while not ready():
            self.check_alive()
            if time.monotonic() > deadline:
                raise Broken(f"{self.name} doesn't start:\n{tail(self.log)}")
            time.sleep(0.05)

    def check_alive(self):
        if self.process.poll() is not None:
            raise Broken(f"{self.name} has ended:\n{tail(self.log)}")

    def _pids(self):
        """nginx works in its children."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return [pid, *map(int, children.read().split())]

    def cpu(self):
        ticks = 0
        for pid in self._pids():
            with open(f"/proc/{pid}/stat") as stat:
                # The second field, a name in parentheses, may hold anything.
                fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def peak_mib(self):
        kib = 0
        for pid in self._pids():
            with open(f"/proc/{pid}/status") as status:
                kib += next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        return kib / 1024
