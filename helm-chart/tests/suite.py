"""Runs every test of this folder and prints one line per failure and a last line with the counts."""

import signal
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    """Counts successes too."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def main(patterns):
    # So that a killed run stops its API server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tests = flat(unittest.defaultTestLoader.discover(str(HERE), pattern="*_test.py"))
    chosen = [t for t in tests if not patterns or any(p in t.id() for p in patterns)]
    # Not one test is as bad as a failed one: a typo in a pattern, or nothing discovered.
    if not chosen:
        print("chart: no test matches")
        return 1
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(unittest.TestSuite(chosen))
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"chart: {result.passed} passed, {failed} failed")
    return 1 if failed or result.skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
