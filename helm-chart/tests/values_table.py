"""The table of values in README.md, made from the comments of values.yaml.

    values_table.py            writes it
    values_table.py --check    fails if it is not up to date
"""

import json
import re
import sys

from chart import CHART, values

START, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"


def documented():
    """path -> comment, in the order of the file. The file is written in a plain style: see the regex."""
    comments, path, comment = {}, [], None
    for line in (CHART / "values.yaml").read_text().splitlines():
        if match := re.match(r"^( *)# -- (.+)$", line):
            comment = match[2]
        elif match := re.match(r"^( *)([A-Za-z]\w*):( |$)", line):
            depth = len(match[1]) // 2
            path = path[:depth] + [match[2]]
            if comment:
                comments[".".join(path)] = comment
            comment = None
        elif line.strip():
            comment = None
    return comments


def leaves(value, path=""):
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    else:
        yield path


def at(value, path):
    for key in path.split("."):
        value = value[key]
    return value


def table():
    all_values, comments = values(), documented()
    for path in leaves(all_values):
        parts = path.split(".")
        if not any(".".join(parts[:n]) in comments for n in range(1, len(parts) + 1)):
            raise SystemExit(f"values.yaml: '{path}' has no comment")
    rows = ["| Value | Default | Meaning |", "|---|---|---|"]
    for path, comment in comments.items():
        rows.append(f"| `{path}` | `{json.dumps(at(all_values, path))}` | {comment.replace('|', '&#124;')} |")
    return "\n".join(rows) + "\n"


def main():
    readme = CHART / "README.md"
    text = readme.read_text()
    before, rest = text.split(START)
    _, after = rest.split(END)
    wanted = before + START + table() + END + after
    if "--check" not in sys.argv:
        readme.write_text(wanted)
    elif text != wanted:
        raise SystemExit("helm-chart/README.md is not up to date: python3 helm-chart/tests/values_table.py")


if __name__ == "__main__":
    main()
