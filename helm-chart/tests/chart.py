"""The chart, rendered: what the tests have in common."""

import functools
import json
import re
import subprocess
import tempfile
from pathlib import Path

CHART = Path(__file__).resolve().parent.parent
PROJECT = CHART.parent
VALUES = CHART / "tests" / "values"
SCENARIOS = sorted(path.stem for path in VALUES.glob("*.yaml"))
SYSTEM = "ipfs-tee-system"
NODES = "ipfs-tee-nodes"
FETCHER_DIGEST = "sha256:" + "a" * 64


class Failed(Exception):
    """A command that ended with an error; the text is what it printed."""


def run(*command, stdin=None, env=None):
    done = subprocess.run(
        [str(c) for c in command], input=stdin, env=env, capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        raise Failed(done.stdout + done.stderr)
    return done.stdout


def helm_template(*arguments, namespace=SYSTEM):
    return run("helm", "template", "ipfs-tee-operator", CHART, "--namespace", namespace, *arguments)


@functools.lru_cache(maxsize=None)
def rendered(scenario):
    """The YAML of one of the values files."""
    return helm_template("--values", VALUES / f"{scenario}.yaml")


def parse(yaml):
    """The documents of a YAML text of Kubernetes objects, by kubectl: Python's library has no YAML."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(yaml)
        file.flush()
        text = run("kubectl", "label", "--local", "--filename", file.name, "--output", "json", "none-")
    decoder, objects, at = json.JSONDecoder(), [], 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        while at < len(text) and text[at].isspace():
            at += 1
        objects += document["items"] if document["kind"] == "List" else [document]
    for each in objects:  # kubectl adds an empty map
        if not each["metadata"].get("labels", True):
            del each["metadata"]["labels"]
    return objects


def parse_plain(yaml):
    """A YAML mapping that is no Kubernetes object."""
    (document,) = parse("apiVersion: plain/v1\nkind: Plain\nmetadata: {name: plain}\n" + yaml)
    return {k: v for k, v in document.items() if k not in ("apiVersion", "kind", "metadata")}


@functools.lru_cache(maxsize=None)
def objects(scenario):
    """The objects of one of the values files. Not to be changed."""
    return tuple(parse(rendered(scenario)))


def find(scenario, kind, name, namespace=None):
    found = [
        o
        for o in objects(scenario)
        if (o["kind"], o["metadata"]["name"]) == (kind, name)
        and namespace in (None, o["metadata"].get("namespace"))
    ]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} objects {kind}/{name} in scenario {scenario}")
    return found[0]


def of_kind(scenario, kind):
    return [o for o in objects(scenario) if o["kind"] == kind]


def pod_templates(scenario):
    """(name, pod spec) of everything that makes pods."""
    for o in objects(scenario):
        template = o.get("spec", {}).get("template")
        if template and o["kind"] != "TeeWorkload":
            yield o["metadata"]["name"], template["spec"]


def operator_config(scenario):
    return parse_plain(find(scenario, "ConfigMap", "ipfs-tee-operator")["data"]["config.yaml"])


def roles(yaml):
    """(kind, name, namespace) -> [(comment, rule)] of every role in a rendered text, comments and all."""
    found = {}
    for text in re.split(r"^---$", yaml, flags=re.M):
        if not re.search(r"^kind: (Cluster)?Role$", text, re.M):
            continue
        (role,) = parse(text)
        comments, comment = [], []
        for line in text.splitlines():
            if line.startswith("  - "):
                comments.append("\n".join(comment))
            comment = comment + [line.strip()] if line.startswith("  #") else []
        name = (role["kind"], role["metadata"]["name"], role["metadata"].get("namespace"))
        found[name] = list(zip(comments, role["rules"], strict=True))
    return found


def values():
    """values.yaml as it is."""
    return parse_plain((CHART / "values.yaml").read_text())
