"""Alerts and dashboard: judged by promtool, and held against docs/metrics.md.

That page is compared with what the programs really expose by their own tests, so a name that is on the page
and here is a name that exists.
"""

import json
import re
import tempfile
import unittest
from pathlib import Path

from chart import CHART, PROJECT, SYSTEM, Failed, find, helm_template, of_kind, parse, run

PAGE = PROJECT / "docs" / "metrics.md"
OPERATOR = 'namespace="ipfs-tee-system",pod="a"'
REGISTRY = 'namespace="ipfs-tee-nodes",node="n1",pod="r1"'
DIGEST = ("--set", "fetcher.image.digest=sha256:" + "a" * 64)

HEALTHY = {
    f"ipfs_tee_build_info{{{OPERATOR}}}": "1x120",
    f"ipfs_tee_leader{{{OPERATOR}}}": "1x120",
    'ipfs_tee_leader{namespace="ipfs-tee-system",pod="b"}': "0x120",
    f'ipfs_tee_objects_not_ready_seconds{{{OPERATOR},kind="IpfsImage"}}': "0 60 120 0x117",
    f'ipfs_tee_gateway_wrong_blocks_total{{{OPERATOR},gateway="one"}}': "3x120",
    f'ipfs_tee_fetches_total{{{OPERATOR},outcome="failed",reason="DiskFull"}}': "1x120",
    f'reconciliations_started_total{{{OPERATOR},controller_name="ipfsimage"}}': "0+60x120",
    f'reconciliations_failure_total{{{OPERATOR},controller_name="ipfsimage"}}': "0+1x120",
    f'reconciliations_queue{{{OPERATOR},controller_name="ipfsimage"}}': "9 0 9 0x117",
    f"ipfs_tee_desired_write_failures_total{{{OPERATOR}}}": "2x120",
    f'up{{{REGISTRY},job="ipfs-tee-nodes/node-registry"}}': "1x120",
    f'ipfstee_registry_requests_total{{{REGISTRY},code="200"}}': "0+9x120",
    f'ipfstee_registry_requests_total{{{REGISTRY},code="503"}}': "2x120",
    f"ipfstee_registry_desired_complete{{{REGISTRY}}}": "0x9 1x111",
    f"ipfstee_registry_tls_certificate_expiration_timestamp_seconds{{{REGISTRY}}}": "7776000x120",
    f"ipfstee_store_blobs_damaged{{{REGISTRY}}}": "1x5 0x115",
    f"ipfstee_store_volume_usable_bytes{{{REGISTRY}}}": "50x120",
    f"ipfstee_store_volume_bytes{{{REGISTRY}}}": "100x120",
}
NODE = {"node": "n1", "pod": "r1"}

# alert -> the series that raise it ("" takes one away), the minute before which it is silent and the one at
# which it is raised, and the labels that it then has beside its name and severity.
CASES = {
    "IpfsTeeOperatorAbsent": (
        {f"ipfs_tee_build_info{{{OPERATOR}}}": "1x9 stale"}, 14, 16, {"namespace": SYSTEM},
    ),
    "IpfsTeeNoLeader": ({f"ipfs_tee_leader{{{OPERATOR}}}": "1x9 0x110"}, 11, 13, {}),
    "IpfsTeeReconcileFailures": (
        {f'reconciliations_failure_total{{{OPERATOR},controller_name="ipfsimage"}}': "0+12x120"}, 14, 17,
        {"controller_name": "ipfsimage"},
    ),
    "IpfsTeeQueueNotDraining": (
        {f'reconciliations_queue{{{OPERATOR},controller_name="ipfsimage"}}': "0x20 3x100"}, 45, 52,
        {"controller_name": "ipfsimage"},
    ),
    "IpfsTeeObjectsNotReady": (
        {f'ipfs_tee_objects_not_ready_seconds{{{OPERATOR},kind="IpfsImage"}}': "0+60x120"}, 15, 16,
        {"kind": "IpfsImage"},
    ),
    "IpfsTeeGatewaySentWrongBlocks": (
        {f'ipfs_tee_gateway_wrong_blocks_total{{{OPERATOR},gateway="one"}}': "3x20 4x100"}, 20, 22,
        {"gateway": "one"},
    ),
    "IpfsTeeFetchDiskFull": (
        {f'ipfs_tee_fetches_total{{{OPERATOR},outcome="failed",reason="DiskFull"}}': "1x20 2x100"}, 20, 22, {},
    ),
    "IpfsTeeRegistryDown": (
        {f'up{{{REGISTRY},job="ipfs-tee-nodes/node-registry"}}': "1x9 0x110"}, 14, 16,
        NODE | {"namespace": "ipfs-tee-nodes", "job": "ipfs-tee-nodes/node-registry"},
    ),
    "IpfsTeeRegistryErrors": (
        {f'ipfstee_registry_requests_total{{{REGISTRY},code="503"}}': "2x20 2+1x100"}, 30, 33, NODE,
    ),
    "IpfsTeeDesiredSetNotWritten": (
        {f"ipfs_tee_desired_write_failures_total{{{OPERATOR}}}": "2x20 3 3 3 3 3 4 4 4 4 4 5 5 5 5 5 6 6 6 6 6 7 7 7 7 7 8x75"}, 40, 43, {},
    ),
    "IpfsTeeDesiredSetUnknown": ({f"ipfstee_registry_desired_complete{{{REGISTRY}}}": "1x9 0x110"}, 24, 26, NODE),
    "IpfsTeeStoreDamaged": ({f"ipfstee_store_blobs_damaged{{{REGISTRY}}}": "0x9 2x110"}, 24, 26, NODE),
    "IpfsTeeStoreNearlyFull": (
        {f"ipfstee_store_volume_usable_bytes{{{REGISTRY}}}": "50x9 24x110"}, 24, 26, NODE,
    ),
    "IpfsTeeRegistryCertificateExpires": (
        # Three days and half an hour after the beginning.
        {f"ipfstee_registry_tls_certificate_expiration_timestamp_seconds{{{REGISTRY}}}": "261000x120"}, 29, 31, NODE,
    ),
}  # fmt: skip


def rules():
    return [rule for group in find("monitoring", "PrometheusRule", "ipfs-tee-operator")["spec"]["groups"] for rule in group["rules"]]


def documented():
    """The metrics of the page, by the first column of its tables."""
    return set(re.findall(r"^\| `([a-z][a-z0-9_]+)`", PAGE.read_text(), re.M))


def names(query):
    """The metrics in a query: what is followed by a selector, or stands where one may."""
    bare = re.sub(r"\{[^}]*\}|\"[^\"]*\"|\b(by|on|without|ignoring) ?\([^)]*\)|\[[^\]]*\]", " ", query)
    found = set(re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?! ?\()|\bup\b", bare))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


class Alerts(unittest.TestCase):
    def promtool(self, *arguments, **files):
        with tempfile.TemporaryDirectory() as folder:
            spec = find("monitoring", "PrometheusRule", "ipfs-tee-operator")["spec"]
            for name, content in {"rules": spec, **files}.items():
                (Path(folder) / f"{name}.json").write_text(json.dumps(content))
            return run("promtool", *arguments[:-1], Path(folder) / arguments[-1])

    def case(self, name, changes, expectations):
        series = HEALTHY | changes
        return {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": k, "values": v} for k, v in series.items()],
            "promql_expr_test": [
                {"expr": 'ALERTS{alertstate="firing"}', "eval_time": f"{minute}m", "exp_samples": samples}
                for minute, samples in expectations
            ],
        }

    def raised(self, alert, labels):
        severity = next(r["labels"]["severity"] for r in rules() if r["alert"] == alert)
        labels = {"alertname": alert, "alertstate": "firing", "severity": severity} | labels
        return {"labels": "ALERTS{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}", "value": 1}

    def test_promtool_finds_nothing_wrong(self):
        self.promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.json")

    def test_each_alert_is_raised_by_its_cause_alone_and_in_time(self):
        self.assertEqual({r["alert"] for r in rules()}, CASES.keys())
        tests = [self.case("all is well", {}, [(m, []) for m in range(0, 120, 5)])]
        for alert, (changes, silent, loud, labels) in CASES.items():
            self.assertLessEqual(changes.keys(), HEALTHY.keys())
            tests.append(self.case(alert, changes, [(silent, []), (loud, [self.raised(alert, labels)])]))
        self.promtool("test", "rules", "tests.json", tests={"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": tests})

    def test_a_registry_that_nobody_knows_of_is_down_too(self):
        alert = self.raised("IpfsTeeRegistryDown", {"namespace": "ipfs-tee-nodes"})
        test = self.case("gone", {f'up{{{REGISTRY},job="ipfs-tee-nodes/node-registry"}}': "1x9 stale"}, [(14, []), (16, [alert])])
        self.promtool("test", "rules", "tests.json", tests={"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [test]})

    def test_a_wrong_expectation_is_found(self):
        test = self.case("wrong", {}, [(5, [self.raised("IpfsTeeNoLeader", {})])])
        with self.assertRaises(Failed):
            self.promtool("test", "rules", "tests.json", tests={"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [test]})

    def test_each_alert_is_explained_where_it_links_to(self):
        headings = re.findall(r"^### (\w+)$", PAGE.read_text(), re.M)
        for rule in rules():
            with self.subTest(rule["alert"]):
                page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
                self.assertEqual("https://docs.example.com/ipfs-tee/metrics", page)
                self.assertEqual(rule["alert"].lower(), anchor)
                self.assertIn(rule["alert"], headings)
        self.assertEqual({r["alert"] for r in rules()}, {h for h in headings if h.startswith("IpfsTee")})

    def test_alerts_ask_for_metrics_that_exist(self):
        for rule in rules():
            with self.subTest(rule["alert"]):
                asked = names(rule["expr"])
                self.assertTrue(asked)
                self.assertLessEqual(asked - {"up"}, documented())


class Dashboard(unittest.TestCase):
    def queries(self):
        data = find("monitoring", "ConfigMap", "ipfs-tee-operator-dashboard")["data"]
        dashboard = json.loads(data["ipfs-tee-operator.json"])
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield panel["title"], target["expr"]

    def test_it_asks_for_metrics_that_exist(self):
        asked = set()
        for title, query in self.queries():
            with self.subTest(title):
                self.assertTrue(names(query), query)
                self.assertLessEqual(names(query) - {"up"}, documented())
                asked |= names(query)
        self.assertGreater(len(asked), 10)

    def test_its_queries_can_be_parsed(self):
        for title, query in self.queries():
            with self.subTest(title):
                run("promtool", "promql", "--experimental", "format", query.replace("$__rate_interval", "5m"))

    def test_grafana_finds_it_by_its_label(self):
        labels = find("monitoring", "ConfigMap", "ipfs-tee-operator-dashboard")["metadata"]["labels"]
        self.assertEqual("1", labels["grafana_dashboard"])


class Monitors(unittest.TestCase):
    def test_nothing_is_monitored_unless_asked_for(self):
        for kind in ("PodMonitor", "PrometheusRule"):
            self.assertEqual([], of_kind("default", kind))
        self.assertNotIn("dashboard", helm_template(*DIGEST))

    def test_they_select_the_pods_and_ports_that_there_are(self):
        for name, kind, workload, path in (
            ("ipfs-tee-operator", "Deployment", "ipfs-tee-operator", "/q/metrics"),
            ("node-registry", "DaemonSet", "node-registry", "/metrics"),
        ):
            monitor = find("monitoring", "PodMonitor", name)
            template = find("monitoring", kind, workload)["spec"]["template"]
            self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(), template["metadata"]["labels"].items())
            (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
            self.assertEqual(path, endpoint["path"])
            self.assertIn(endpoint["port"], [p["name"] for c in template["spec"]["containers"] for p in c["ports"]])
            self.assertEqual("prometheus", monitor["metadata"]["labels"]["release"])

    def test_a_cluster_without_the_prometheus_operator_is_told(self):
        served = ["--api-versions", "apps/v1/Deployment", "--set", "admissionPolicies.enabled=false"]
        for value, kind in (("podMonitors", "PodMonitor"), ("prometheusRule", "PrometheusRule")):
            wanted = [*DIGEST, *served, "--set", f"monitoring.{value}.enabled=true"]
            with self.assertRaises(Failed) as refused:
                helm_template(*wanted)
            self.assertIn(f"monitoring.{value}.enabled: this API server has no monitoring.coreos.com/v1 {kind}", str(refused.exception))
            objects = parse(helm_template(*wanted, "--api-versions", f"monitoring.coreos.com/v1/{kind}"))
            self.assertIn(kind, [o["kind"] for o in objects])
