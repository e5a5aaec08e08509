"""Adds up what the tests reported, names what failed, and ends with one line: N passed, N failed."""

import pathlib
import re
import sys
import xml.etree.ElementTree

LOGS = pathlib.Path(sys.argv[1])


def java_results():
    """(passed, failed, skipped, names of what failed) of all surefire and failsafe reports."""
    passed, failed, skipped, names = 0, 0, 0, []
    for report in sorted(pathlib.Path(".").glob("*/target/*-reports/TEST-*.xml")):
        for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                names.append(f"{case.get('classname')}.{case.get('name')}".rstrip("."))
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped, names


def shell_results():
    """(passed, failed) of the suites that end with a line like 'chart: 3 passed, 0 failed', and of Go's."""
    passed, failed = 0, 0
    for log in sorted(LOGS.glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if found := re.fullmatch(r"[a-z]+: (\d+) passed, (\d+) failed", line.strip()):
                passed += int(found[1])
                failed += int(found[2])
            passed += line.startswith("--- PASS:")
            failed += line.startswith("--- FAIL:")
    return passed, failed


def main():
    passed, failed, skipped, names = java_results()
    more_passed, more_failed = shell_results()
    passed, failed = passed + more_passed, failed + more_failed
    phases = (LOGS / "failed").read_text().split()
    for name in names:
        print(f"failed: {name}")
    for phase in phases:
        print(f"failed phase: {phase} (see {LOGS / (phase + '.log')})")
    # A phase that broke down before it could report a test is a failure too.
    if phases and not failed:
        failed = len(phases)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
