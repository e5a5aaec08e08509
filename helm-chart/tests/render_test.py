"""What the chart renders, and what it refuses."""

import ipaddress
import json
import re
import unittest

from chart import (
    CHART, FETCHER_DIGEST, NODES, PROJECT, SCENARIOS, SYSTEM, VALUES, Failed, find, helm_template,
    objects, of_kind, operator_config, parse, parse_plain, pod_templates, rendered, roles, run, values,
)  # fmt: skip

DIGEST = ("--set", f"fetcher.image.digest={FETCHER_DIGEST}")


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


class Chart(unittest.TestCase):
    def test_helm_lint_finds_nothing(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario):
                run("helm", "lint", "--strict", CHART, "--values", VALUES / f"{scenario}.yaml")

    def test_every_object_carries_the_labels_and_only_the_two_namespaces(self):
        for scenario in SCENARIOS:
            for o in objects(scenario):
                with self.subTest(scenario, object=f"{o['kind']}/{o['metadata']['name']}"):
                    labels = o["metadata"]["labels"]
                    self.assertEqual("ipfs-tee-operator", labels["app.kubernetes.io/name"])
                    self.assertEqual("Helm", labels["app.kubernetes.io/managed-by"])
                    if o["metadata"]["name"] != "ipfs-tee-operator-image-secrets":
                        served = operator_config(scenario)["watchNamespaces"]
                        self.assertIn(o["metadata"].get("namespace"), (None, SYSTEM, NODES, *served))
        for o in objects("airgap"):
            self.assertEqual("platform", o["metadata"]["labels"]["team"])

    def test_one_switch_moves_every_image(self):
        mirror = "registry.example.com:5000/mirror/"
        images = [c["image"] for _, spec in pod_templates("airgap") for c in containers(spec)]
        images.append(operator_config("airgap")["fetcher"]["image"])
        self.assertEqual(4, len(images))
        for image in images:
            self.assertTrue(image.startswith(mirror), image)
        self.assertNotIn("localhost/", rendered("airgap"))

    def test_jobs_get_the_same_fetcher_image_as_the_registry(self):
        for scenario in SCENARIOS:
            daemonset = find(scenario, "DaemonSet", "node-registry")["spec"]["template"]["spec"]
            expected = operator_config(scenario)["fetcher"]["image"]
            self.assertTrue(expected.endswith("@" + FETCHER_DIGEST), expected)
            self.assertEqual({expected}, {c["image"] for c in containers(daemonset)})

    def test_pull_secrets_reach_pods_and_jobs(self):
        for _, spec in pod_templates("airgap"):
            self.assertEqual([{"name": "mirror-credentials"}], spec["imagePullSecrets"])
        self.assertEqual(["mirror-credentials"], operator_config("airgap")["fetcher"]["imagePullSecrets"])

    def test_jobs_tolerate_what_the_registry_tolerates(self):
        daemonset = find("airgap", "DaemonSet", "node-registry")["spec"]["template"]["spec"]
        self.assertEqual(daemonset["tolerations"], operator_config("airgap")["fetcher"]["tolerations"])

    def test_the_operator_configuration_has_the_agreed_shape(self):
        config = operator_config("local")
        self.assertEqual({"system": SYSTEM, "nodes": NODES}, config["namespaces"])
        self.assertEqual({"host": "localhost:5050", "managementPort": 8081}, config["registry"])
        self.assertEqual([{"url": "http://kubo.ipfs.svc.cluster.local:8080"}], config["gateways"])
        self.assertEqual({"snp": {"pull": "Host"}}, config["profiles"])
        self.assertEqual(
            {"initialBackoff": "2s", "maxBackoff": "10s", "rearmAfter": "1m", "jobTtl": "10m"},
            config["fetcher"]["attempts"],
        )
        self.assertEqual("1Gi", config["fetcher"]["minFree"])
        self.assertEqual("image-fetcher", config["fetcher"]["serviceAccountName"])

    def test_changed_configuration_starts_new_operator_pods(self):
        def checksum(*arguments):
            (deployment,) = [
                o for o in parse(helm_template(*DIGEST, *arguments)) if o["kind"] == "Deployment"
            ]
            return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

        self.assertEqual(checksum(), checksum("--set", "operator.replicas=3"))
        self.assertNotEqual(checksum(), checksum("--set", "fetcher.minFree=10%"))

    def test_one_replica_needs_no_disruption_budget(self):
        self.assertEqual(1, len(of_kind("default", "PodDisruptionBudget")))
        self.assertEqual(0, len(of_kind("minimal", "PodDisruptionBudget")))

    def test_what_is_turned_off_is_absent(self):
        kinds = {o["kind"] for o in objects("minimal")}
        for kind in ("NetworkPolicy", "ValidatingAdmissionPolicy", "Namespace"):
            self.assertNotIn(kind, kinds)
            self.assertTrue(of_kind("default", kind), kind)
        self.assertEqual(
            ["ipfs-tee-operator", "ipfs-tee-operator-gateway-secrets"],
            [o["metadata"]["name"] for o in of_kind("minimal", "ClusterRole")],
        )


class Crds(unittest.TestCase):
    def test_the_files_are_those_of_the_api(self):
        source = {p.name: p.read_bytes() for p in (PROJECT / "crds" / "manifests").glob("*.yaml")}
        copies = {p.name: p.read_bytes() for p in (CHART / "files" / "crds").glob("*.yaml")}
        self.assertEqual(2, len(source))
        self.assertEqual(source.keys(), copies.keys())
        for name in source:
            self.assertTrue(
                source[name] == copies[name],
                f"helm-chart/files/crds/{name} differs: cp crds/manifests/*.yaml helm-chart/files/crds/",
            )

    def test_rendering_changes_no_schema(self):
        for path in (CHART / "files" / "crds").glob("*.yaml"):
            (source,) = parse(path.read_text())
            self.assertEqual(
                source["spec"], find("default", "CustomResourceDefinition", source["metadata"]["name"])["spec"]
            )

    def test_keep_is_the_default_and_a_choice(self):
        for scenario, expected in (("default", "keep"), ("minimal", None)):
            crds = of_kind(scenario, "CustomResourceDefinition")
            self.assertEqual(2, len(crds))
            for crd in crds:
                annotations = crd["metadata"].get("annotations") or {}
                self.assertEqual(expected, annotations.get("helm.sh/resource-policy"))

    def test_install_is_a_choice(self):
        self.assertNotIn("CustomResourceDefinition", helm_template(*DIGEST, "--set", "crds.install=false"))


def offences(spec):
    """What pod security `restricted` finds wrong with a pod, by the rules of its standard, one by one."""
    pod = spec.get("securityContext", {})
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield "pod", field
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    for volume in spec.get("volumes", []):
        yield from (("pod", f"volume {kind}") for kind in volume.keys() - allowed - {"name"})
    for field in ("sysctls", "seLinuxOptions", "windowsOptions"):
        if pod.get(field):
            yield "pod", field
    for c in containers(spec) + spec.get("ephemeralContainers", []):
        own = c.get("securityContext", {})
        both = pod | own
        name = c["name"]
        if own.get("privileged"):
            yield name, "privileged"
        if own.get("allowPrivilegeEscalation") is not False:
            yield name, "allowPrivilegeEscalation"
        if both.get("runAsNonRoot") is not True:
            yield name, "runAsNonRoot"
        if both.get("runAsUser") == 0:
            yield name, "runAsUser 0"
        if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield name, "seccompProfile"
        if both.get("appArmorProfile", {}).get("type", "RuntimeDefault") == "Unconfined":
            yield name, "appArmorProfile"
        if own.get("procMount", "Default") != "Default":
            yield name, "procMount"
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []):
            yield name, "capabilities.drop"
        yield from ((name, f"capability {added}") for added in capabilities.get("add", []) if added != "NET_BIND_SERVICE")
        if any("hostPort" in port for port in c.get("ports", [])):
            yield name, "hostPort"


class Restricted(unittest.TestCase):
    """Every pod that the project makes, in every values file, by the rules of pod security `restricted`."""

    STORE = ("pod", "volume hostPath")
    # What the node programs need of a node: their store, its owner at the start, and the runtime's way in.
    EXCEPTIONS = {
        "ipfs-tee-operator": set(),
        "node-registry": {
            STORE,
            ("registry", "hostPort"),
            ("prepare-store", "runAsNonRoot"),
            ("prepare-store", "runAsUser 0"),
            ("prepare-store", "capability CHOWN"),
            ("prepare-store", "capability FOWNER"),
        },
        "fetch Job": {STORE},
    }

    def test_every_pod_of_the_chart(self):
        for scenario in SCENARIOS:
            pods = dict(pod_templates(scenario))
            self.assertLessEqual({"ipfs-tee-operator", "node-registry"}, pods.keys())
            for name, spec in pods.items():
                with self.subTest(scenario, pod=name):
                    self.assertEqual(self.EXCEPTIONS.get(name, set()), set(offences(spec)))

    def test_the_fetch_job_that_the_operator_makes(self):
        # FetchJobTest compares what the operator makes with this file.
        (job,) = parse((PROJECT / "operator/src/test/resources/ipfsimage/fetch-job.yaml").read_text())
        self.assertEqual(self.EXCEPTIONS["fetch Job"], set(offences(job["spec"]["template"]["spec"])))

    def test_an_offence_is_found(self):
        bare = {"hostNetwork": True, "volumes": [{"name": "a", "nfs": {}}], "containers": [{"name": "c"}]}
        self.assertEqual(
            {("pod", "hostNetwork"), ("pod", "volume nfs"), ("c", "allowPrivilegeEscalation"), ("c", "runAsNonRoot"),
             ("c", "seccompProfile"), ("c", "capabilities.drop")},
            set(offences(bare)),
        )  # fmt: skip


class AirGap(unittest.TestCase):
    """values/airgap.yaml: nothing of it may point outside."""

    def test_every_image_comes_from_the_mirror_by_its_digest(self):
        images = [c["image"] for _, spec in pod_templates("airgap") for c in containers(spec)]
        images.append(operator_config("airgap")["fetcher"]["image"])
        for image in images:
            self.assertRegex(image, r"^registry\.example\.com:5000/mirror/[a-z/-]+@sha256:[0-9a-f]{64}$")
        mentioned = set(re.findall(r"[\w.:/-]+@sha256:[0-9a-f]{64}", rendered("airgap")))
        self.assertEqual(set(images), mentioned)

    def test_no_host_is_named_but_the_administrators(self):
        hosts = set(re.findall(r"\bhttps?://([^/\s\"',}]+)", re.sub(r"(?m)^ *#.*$|description: .*$", "", self.without_crds())))
        own = {"node-registry-peers.ipfs-tee-nodes.svc:5051"}
        self.assertEqual({"ipfs.example.com:8443", "10.20.30.40:8080", "[fd00:10::1]"}, hosts - own)
        self.assertNotIn(values()["gateways"][0]["url"].removeprefix("https://"), self.without_crds())

    def without_crds(self):
        return "\n---\n".join(d for d in rendered("airgap").split("\n---\n") if "kind: CustomResourceDefinition" not in d)


class PodSecurity(unittest.TestCase):
    """The server's own admission is asked in server_test; here is what it doesn't look at."""

    def test_every_container_has_a_read_only_root_and_no_rights(self):
        for scenario in SCENARIOS:
            for name, spec in pod_templates(scenario):
                self.assertEqual("RuntimeDefault", spec["securityContext"]["seccompProfile"]["type"])
                self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                self.assertEqual(65532, spec["securityContext"]["runAsUser"])
                for c in containers(spec):
                    with self.subTest(scenario, container=f"{name}/{c['name']}"):
                        context = c["securityContext"]
                        self.assertIs(False, context["allowPrivilegeEscalation"])
                        self.assertIs(True, context["readOnlyRootFilesystem"])
                        self.assertEqual(["ALL"], context["capabilities"]["drop"])
                        self.assertIn("memory", c["resources"]["limits"])
                        self.assertIn("cpu", c["resources"]["requests"])

    def test_root_is_one_init_container_with_two_capabilities(self):
        for scenario in SCENARIOS:
            root = [
                (name, c["name"], c["args"][0], c["securityContext"]["capabilities"]["add"])
                for name, spec in pod_templates(scenario)
                for c in containers(spec)
                if "runAsUser" in c["securityContext"] or "add" in c["securityContext"]["capabilities"]
            ]
            self.assertEqual([("node-registry", "prepare-store", "prepare-store", ["CHOWN", "FOWNER"])], root)

    def test_the_only_host_path_is_the_store_and_without_peers_the_server_only_reads_it(self):
        for scenario in SCENARIOS:
            paths = [
                (name, v["hostPath"])
                for name, spec in pod_templates(scenario)
                for v in spec["volumes"]
                if "hostPath" in v
            ]
            self.assertEqual([("node-registry", {"path": "/var/lib/ipfs-tee", "type": "DirectoryOrCreate"})], paths)
            server = find(scenario, "DaemonSet", "node-registry")["spec"]["template"]["spec"]["containers"][0]
            (mount,) = [m for m in server["volumeMounts"] if m["name"] == "store"]
            self.assertIs(scenario == "minimal", mount.get("readOnly", False))

    def test_the_registry_is_reached_on_the_loopback_only(self):
        for scenario in SCENARIOS:
            ports = [
                (name, p["containerPort"], p["hostPort"], p.get("hostIP"))
                for name, spec in pod_templates(scenario)
                for c in containers(spec)
                for p in c.get("ports", [])
                if "hostPort" in p
            ]
            self.assertEqual([("node-registry", 5050, 5050, "127.0.0.1")], ports)

    def test_only_the_operator_has_a_token(self):
        for scenario in SCENARIOS:
            for account in of_kind(scenario, "ServiceAccount"):
                self.assertIs(False, account["automountServiceAccountToken"])
            tokens = {name: spec["automountServiceAccountToken"] for name, spec in pod_templates(scenario)}
            self.assertEqual({"ipfs-tee-operator": True, "node-registry": False}, tokens)

    def test_probes_are_on_the_management_ports(self):
        for _, spec in pod_templates("default"):
            for c in spec["containers"]:
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    self.assertEqual("management", c[probe]["httpGet"]["port"])


class Cleanup(unittest.TestCase):
    """What an uninstall does on the nodes; the fence's word on it is in server_test."""

    def rendered(self, *more):
        wanted = parse(helm_template(*DIGEST, "--set", "cleanup.nodeStore=true", *more))
        return {o["kind"]: o for o in wanted if o["metadata"]["name"] == "node-store-cleanup"}

    def test_stores_are_kept_unless_somebody_says_otherwise(self):
        for scenario in SCENARIOS:
            self.assertNotIn("node-store-cleanup", rendered(scenario))
            self.assertNotIn("helm.sh/hook", rendered(scenario))

    def test_nothing_runs_before_the_uninstall_and_nothing_stays(self):
        cleanup = self.rendered()
        for kind, weight in (("DaemonSet", "0"), ("Job", "1")):
            annotations = cleanup[kind]["metadata"]["annotations"]
            self.assertEqual("pre-delete", annotations["helm.sh/hook"])
            self.assertEqual(weight, annotations["helm.sh/hook-weight"])
            self.assertEqual("before-hook-creation,hook-succeeded", annotations["helm.sh/hook-delete-policy"])
        for kind in ("Service", "NetworkPolicy"):
            self.assertNotIn("annotations", cleanup[kind]["metadata"])

    def test_an_uninstall_cannot_hang(self):
        job = self.rendered()["Job"]["spec"]
        self.assertEqual(240, job["activeDeadlineSeconds"])
        arguments = job["template"]["spec"]["containers"][0]["args"]
        self.assertEqual(["--timeout", "2m"], arguments[-2:])

    def test_it_reaches_the_nodes_of_the_registry_and_their_store(self):
        pod = self.rendered("--set", "registry.tolerations[0].key=tee")["DaemonSet"]["spec"]["template"]["spec"]
        self.assertEqual([{"key": "tee"}], pod["tolerations"])
        self.assertEqual({"kubernetes.io/os": "linux"}, pod["nodeSelector"])
        paths = [v["hostPath"] for v in pod["volumes"] if "hostPath" in v]
        self.assertEqual([{"path": "/var/lib/ipfs-tee", "type": "Directory"}], paths)

    def test_only_its_own_pods_are_in_the_service_and_may_talk(self):
        cleanup = self.rendered()
        labels = cleanup["DaemonSet"]["spec"]["template"]["metadata"]["labels"]
        selector = cleanup["Service"]["spec"]["selector"]
        self.assertEqual(selector, cleanup["DaemonSet"]["spec"]["selector"]["matchLabels"])
        self.assertLessEqual(selector.items(), labels.items())
        waiting = cleanup["Job"]["spec"]["template"]["metadata"]["labels"]
        self.assertFalse(selector.items() <= waiting.items())
        for labelled in (labels, waiting):
            own = cleanup["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
            self.assertLessEqual(own.items(), labelled.items())


class Rights(unittest.TestCase):
    """Verb by verb, and for each its reason. What the operator really asks for, OperatorApplicationIT knows."""

    CLUSTER = {
        "/nodes": "list watch",
        "node.k8s.io/runtimeclasses": "list watch",
    }
    WORKLOADS = {
        "ipfstee.dev/teeworkloads": "list watch",
        "ipfstee.dev/ipfsimages": "create delete get list patch watch",
        "ipfstee.dev/ipfsimages/status": "patch",
        "ipfstee.dev/teeworkloads/status": "patch",
        "ipfstee.dev/teeworkloads/finalizers": "update",
        "apps/deployments": "create get list patch watch",
        "/configmaps": "create delete get patch",
        "apps/replicasets": "list watch",
        "/pods": "list watch",
        "events.k8s.io/events": "create",
    }
    ALWAYS = {
        ("Role", "ipfs-tee-operator", NODES): {
            "batch/jobs": "create delete list watch",
            "/pods": "list watch",
            "/secrets": "create",
            "/configmaps": "create",
            "/configmaps/node-registry-desired": "get patch",
            "events.k8s.io/events": "create",
        },
        # Bound to the operator nowhere, by default.
        ("ClusterRole", "ipfs-tee-operator-gateway-secrets", None): {
            "/secrets": "get",
        },
        ("Role", "ipfs-tee-operator-leader-election", SYSTEM): {
            "coordination.k8s.io/leases": "create",
            "coordination.k8s.io/leases/ipfs-tee-operator": "get patch update",
        },
    }
    FOR_USERS = ("ipfs-tee-operator-view", "ipfs-tee-operator-edit")

    @classmethod
    def setUpClass(cls):
        """The modes: the operator serves all namespaces, one, or two."""
        cls.modes = {
            mode: roles(helm_template(*DIGEST, "--set-json", f"watchNamespaces={json.dumps(mode)}"))
            for mode in ((), ("a",), ("a", "b"))
        }

    def operators_roles(self):
        for mode, found in self.modes.items():
            yield mode, {name: rules for name, rules in found.items() if name[1] not in self.FOR_USERS}

    def test_the_operator_has_exactly_these(self):
        for mode, found in self.operators_roles():
            expected = dict(self.ALWAYS)
            expected["ClusterRole", "ipfs-tee-operator", None] = self.CLUSTER | ({} if mode else self.WORKLOADS)
            for namespace in mode:
                expected["Role", "ipfs-tee-operator-workloads", namespace] = self.WORKLOADS
            granted = {name: self.table(rules) for name, rules in found.items()}
            with self.subTest(mode):
                self.assertEqual(expected, granted)

    def bindings(self, objects, role):
        return sorted(
            (o["kind"], o["metadata"].get("namespace"), o["roleRef"]["kind"])
            for o in objects
            if o["kind"] in ("ClusterRoleBinding", "RoleBinding") and o["roleRef"]["name"] == role
        )

    def test_secrets_are_read_where_the_administrator_says_and_nowhere_else(self):
        role = "ipfs-tee-operator-gateway-secrets"
        self.assertEqual([], self.bindings(objects("default"), role))
        self.assertEqual(
            [
                ("RoleBinding", SYSTEM, "Role"),
                ("RoleBinding", "kitchen", "ClusterRole"),
                ("RoleBinding", "wallets", "ClusterRole"),
            ],
            self.bindings(objects("airgap"), role),
        )
        everywhere = parse(helm_template(*DIGEST, "--set-json", 'gatewaySecrets.namespaces=["*"]'))
        self.assertEqual([("ClusterRoleBinding", None, "ClusterRole")], self.bindings(everywhere, role))

    def test_the_administrators_secrets_are_read_by_name(self):
        self.assertEqual([], [r for r in of_kind("default", "Role") if "gateway" in r["metadata"]["name"]])
        (rule,) = find("airgap", "Role", "ipfs-tee-operator-gateway-secrets")["rules"]
        self.assertEqual(["ipfs-example", "ipfs-example-ca"], rule["resourceNames"])
        self.assertEqual(["get"], rule["verbs"])
        self.assertEqual(
            {"url": "https://ipfs.example.com:8443", "tokenSecretName": "ipfs-example", "caSecretName": "ipfs-example-ca"},
            operator_config("airgap")["gateways"][0],
        )

    @staticmethod
    def table(rules):
        return {
            f"{group}/{resource}" + "".join(f"/{n}" for n in rule.get("resourceNames", [])): " ".join(sorted(rule["verbs"]))
            for _, rule in rules
            for group in rule["apiGroups"]
            for resource in rule["resources"]
        }

    def test_every_verb_says_why(self):
        for mode, found in self.operators_roles():
            for name, rules in found.items():
                for comment, rule in rules:
                    with self.subTest(mode, role=name, resources=rule["resources"]):
                        reasons = re.findall(r"^#   ([a-z]+(?:, [a-z]+)*): \S.+\.$", comment, re.M)
                        explained = [verb for verbs in reasons for verb in verbs.split(", ")]
                        self.assertEqual(sorted(rule["verbs"]), sorted(explained), comment)

    def test_nothing_is_granted_by_a_wildcard_and_no_secret_is_listed(self):
        for scenario in SCENARIOS:
            for name, rules in roles(rendered(scenario)).items():
                for _, rule in rules:
                    self.assertNotIn("nonResourceURLs", rule, name)
                    for words in (rule["apiGroups"], rule["resources"], rule["verbs"]):
                        self.assertFalse([word for word in words if "*" in word], name)
                    if "secrets" in rule["resources"]:
                        self.assertFalse({"list", "watch", "deletecollection"} & set(rule["verbs"]), name)

    def test_roles_are_bound_where_they_are_and_to_the_operator_only(self):
        for scenario in SCENARIOS:
            bound = set()
            for kind in ("ClusterRoleBinding", "RoleBinding"):
                for binding in of_kind(scenario, kind):
                    for subject in binding["subjects"]:
                        self.assertEqual((SYSTEM, "ipfs-tee-operator"), (subject["namespace"], subject["name"]))
                    role, namespace = binding["roleRef"], binding["metadata"].get("namespace")
                    bound.add((role["kind"], role["name"], namespace))
            granted = {name for name in roles(rendered(scenario)) if name[1] not in self.FOR_USERS}
            secrets = "ipfs-tee-operator-gateway-secrets"
            granted.discard(("ClusterRole", secrets, None))
            self.assertEqual(granted, {b for b in bound if b[:2] != ("ClusterRole", secrets)})

    def test_served_namespaces_bound_where_secrets_are_read(self):
        two = ["--set", "watchNamespaces={a,b}"]
        everywhere = parse(helm_template(*DIGEST, *two, "--set-json", 'gatewaySecrets.namespaces=["*"]'))
        self.assertEqual(
            [("RoleBinding", "a", "ClusterRole"), ("RoleBinding", "b", "ClusterRole")],
            self.bindings(everywhere, "ipfs-tee-operator-gateway-secrets"),
        )

    def test_the_operator_is_told_which_namespaces_are_served(self):
        self.assertEqual([], operator_config("default")["watchNamespaces"])
        self.assertEqual(["team-a", "team-b"], operator_config("namespaced")["watchNamespaces"])

    def test_the_proxy_and_its_login_reach_the_operator(self):
        arguments = ["--set", "fetcher.proxy.url=http://proxy.example:3128,fetcher.proxy.credentialsSecretName=egress"]
        rendered = parse(helm_template(*DIGEST, *arguments, "--set", "fetcher.proxy.except={kubo.ipfs.svc:8080}"))
        (config,) = [o for o in rendered if o["kind"] == "ConfigMap"]
        self.assertEqual(
            {"url": "http://proxy.example:3128", "credentialsSecretName": "egress", "except": ["kubo.ipfs.svc:8080"]},
            parse_plain(config["data"]["config.yaml"])["fetcher"]["proxy"],
        )
        (role,) = [o for o in rendered if o["kind"] == "Role" and "gateway" in o["metadata"]["name"]]
        self.assertEqual(["egress"], role["rules"][0]["resourceNames"])

    def test_users_cannot_write_the_status(self):
        for role in of_kind("default", "ClusterRole"):
            if "rbac.authorization.k8s.io/aggregate-to-edit" in role["metadata"]["labels"]:
                for rule in role["rules"]:
                    if set(rule["verbs"]) & {"create", "update", "patch"}:
                        self.assertFalse([r for r in rule["resources"] if r.endswith("/status")])


class Network(unittest.TestCase):
    def policy(self, scenario, name):
        return find(scenario, "NetworkPolicy", name)["spec"]

    def allowed(self, scenario, address, port):
        """Whether a fetch Job may dial the address, by an ipBlock."""
        return self.opens(self.policy(scenario, "image-fetcher"), address, port)

    @staticmethod
    def opens(policy, address, port):
        address = ipaddress.ip_address(address)
        for rule in policy["egress"]:
            if port not in [p["port"] for p in rule.get("ports", [])]:
                continue
            for peer in rule.get("to", []):
                block = peer.get("ipBlock", {"cidr": "255.255.255.255/32"})
                outside = [ipaddress.ip_network(n) for n in block.get("except", [])]
                if address in ipaddress.ip_network(block["cidr"]) and not any(address in n for n in outside):
                    return True
        return False

    def test_everything_is_closed_first(self):
        self.assertEqual(
            {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, self.policy("default", "default-deny")
        )

    def test_no_pod_reaches_the_registry_port(self):
        for scenario in ("default", "local", "airgap"):
            rules = self.policy(scenario, "node-registry")["ingress"]
            self.assertEqual(["management", "peers"], [p["port"] for r in rules for p in r["ports"]])

    def test_without_peers_registries_are_reached_by_management_only_and_reach_nothing(self):
        closed = parse(helm_template(*DIGEST, "--set", "registry.peers.enabled=false"))
        policies = {o["metadata"]["name"]: o["spec"] for o in closed if o["kind"] == "NetworkPolicy"}
        self.assertEqual(["management"], [p["port"] for r in policies["node-registry"]["ingress"] for p in r["ports"]])
        self.assertEqual(["Ingress", "Egress"], policies["node-registry"]["policyTypes"])
        self.assertNotIn("egress", policies["node-registry"])
        self.assertNotIn("peers", [p["port"] for r in policies["image-fetcher"]["egress"] for p in r.get("ports", [])])

    def test_the_peer_port_is_for_registries_and_fetches_and_they_reach_no_other(self):
        both = [
            {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "ipfs-tee-operator", "app.kubernetes.io/component": c}}}
            for c in ("node-registry", "fetch")
        ]
        for scenario in ("default", "local", "airgap"):
            rules = {r["ports"][0]["port"]: r for r in self.policy(scenario, "node-registry")["ingress"]}
            self.assertEqual(both, rules["peers"]["from"])
            for name in ("node-registry", "image-fetcher"):
                to_peers = [r for r in self.policy(scenario, name)["egress"] if r.get("ports", [{}])[0].get("port") == "peers"]
                self.assertEqual([both[:1]], [r["to"] for r in to_peers])
            others = [p["port"] for r in self.policy(scenario, "node-registry")["egress"] for p in r["ports"]]
            self.assertEqual([53, 53, "peers"], others)

    def test_registries_and_fetches_are_told_the_same_peers(self):
        registry = find("default", "DaemonSet", "node-registry")["spec"]["template"]["spec"]["containers"][0]
        peers = "node-registry-peers.ipfs-tee-nodes.svc:5051"
        self.assertIn(f"--peers={peers}", registry["args"])
        self.assertEqual(f"http://{peers}", operator_config("default")["fetcher"]["peers"])
        service = find("default", "Service", "node-registry-peers")["spec"]
        self.assertEqual("None", service["clusterIP"])
        self.assertNotIn("peers", operator_config("minimal")["fetcher"])
        self.assertEqual([], of_kind("minimal", "Service"))

    def test_the_management_port_is_for_operator_and_monitoring(self):
        rule = self.policy("airgap", "node-registry")["ingress"][0]
        names = [p["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for p in rule["from"]]
        self.assertEqual([SYSTEM, "monitoring"], names)
        self.assertEqual("operator", rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"])
        self.assertNotIn("ingress", self.policy("default", "ipfs-tee-operator"))

    def test_nobody_reaches_a_fetch_job(self):
        for scenario in ("default", "local", "airgap"):
            self.assertNotIn("ingress", self.policy(scenario, "image-fetcher"))

    def test_fetch_jobs_reach_public_addresses_on_the_gateways_port_only(self):
        for address in ("1.1.1.1", "8.8.4.4", "2606:4700::1111"):
            self.assertTrue(self.allowed("default", address, 443), address)
            self.assertFalse(self.allowed("default", address, 80), address)
            self.assertTrue(self.allowed("airgap", address, 8443), address)

    def test_fetch_jobs_reach_no_private_or_metadata_address(self):
        private = (
            "10.0.0.1 172.16.0.1 172.31.255.254 192.168.1.1 127.0.0.1 0.0.0.0 169.254.169.254 169.254.170.2 "
            "169.254.0.23 100.64.0.1 100.100.100.200 192.0.0.192 198.18.0.1 224.0.0.1 255.255.255.255 ::1 "
            "fd00:ec2::254 fc00::1 fe80::1 ff02::1 64:ff9b::a9fe:a9fe"
        )
        for address in private.split():
            self.assertFalse(self.allowed("default", address, 443), address)

    def test_a_gateway_given_by_address_is_reached(self):
        self.assertTrue(self.allowed("airgap", "10.20.30.40", 8080))
        self.assertTrue(self.allowed("airgap", "fd00:10::1", 443))
        self.assertFalse(self.allowed("airgap", "10.20.30.41", 8080))
        self.assertFalse(self.allowed("airgap", "10.20.30.40", 443))

    def test_a_gateway_in_the_cluster_is_reached_by_its_namespace(self):
        peers = [p for r in self.policy("local", "image-fetcher")["egress"] for p in r.get("to", []) if "namespaceSelector" in p]
        self.assertEqual(
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ipfs"}}}], peers
        )

    def test_with_a_proxy_nothing_goes_around_it_but_what_is_excepted(self):
        def policy(**proxy):
            (found,) = [
                o for o in parse(helm_template(
                    *DIGEST,
                    "--set-json", 'gateways=[{"url":"https://a.example"},{"url":"http://b.kitchen.svc:8080"},{"url":"https://10.1.1.1"}]',
                    "--set-json", f"fetcher.proxy={json.dumps(proxy)}",
                ))
                if o["kind"] == "NetworkPolicy" and o["metadata"]["name"] == "image-fetcher"
            ]  # fmt: skip
            return found["spec"]

        def namespaces(policy):
            peers = [p for r in policy["egress"] for p in r.get("to", []) if "namespaceSelector" in p]
            return [p["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for p in peers]

        through = policy(url="http://10.9.9.9:3128")
        self.assertTrue(self.opens(through, "10.9.9.9", 3128))
        for address, port in (("1.1.1.1", 443), ("10.1.1.1", 443), ("10.9.9.9", 443), ("1.1.1.1", 3128)):
            self.assertFalse(self.opens(through, address, port), (address, port))
        self.assertEqual([], namespaces(through))

        around = policy(url="http://proxy.egress.svc:3128", **{"except": ["b.kitchen.svc:8080", "10.1.1.1:443"]})
        self.assertEqual(["egress", "kitchen"], namespaces(around))
        self.assertTrue(self.opens(around, "10.1.1.1", 443))
        self.assertFalse(self.opens(around, "1.1.1.1", 443))

    def test_additional_rules_are_added_as_they_are(self):
        self.assertTrue(self.allowed("airgap", "10.20.7.7", 8443))


class OverTls(unittest.TestCase):
    """registry.tls: what there is for guests that pull by themselves. The fence's word on it is in server_test."""

    def rendered(self, *arguments):
        found = parse(helm_template("--values", VALUES / "tls.yaml", *arguments))
        return {(o["kind"], o["metadata"]["name"]): o["spec"] for o in found if "spec" in o}

    def guests(self, *arguments):
        """Who may come to the port, by the network policy."""
        rules = self.rendered(*arguments)["NetworkPolicy", "node-registry"]["ingress"]
        (rule,) = [r for r in rules if {"protocol": "TCP", "port": "tls"} in r["ports"]]
        self.assertEqual(1, len(rule["ports"]))
        return rule["from"]

    def test_it_is_off_unless_a_secret_is_named(self):
        for scenario in set(SCENARIOS) - {"tls"}:
            pod = find(scenario, "DaemonSet", "node-registry")["spec"]["template"]["spec"]
            (registry,) = pod["containers"]
            self.assertEqual([], [a for a in registry["args"] if "tls" in a])
            self.assertNotIn("tls", [p["name"] for p in registry["ports"]])
            self.assertEqual([], [v for v in pod["volumes"] if "secret" in v])
            self.assertNotIn("node-registry", [o["metadata"]["name"] for o in of_kind(scenario, "Service")])

    def test_the_registry_reads_the_whole_secret_and_nobody_else_does(self):
        pod = self.rendered()["DaemonSet", "node-registry"]["template"]["spec"]
        self.assertEqual(
            [{"secretName": "node-registry-tls", "defaultMode": 0o444}], [v["secret"] for v in pod["volumes"] if "secret" in v]
        )
        mounts = [(c["name"], m) for c in containers(pod) for m in c["volumeMounts"] if m["name"] == "tls"]
        self.assertEqual([("registry", {"name": "tls", "mountPath": "/run/ipfs-tee/tls", "readOnly": True})], mounts)
        self.assertLessEqual(
            {"--tls-listen=0.0.0.0:5443", "--tls-cert=/run/ipfs-tee/tls/tls.crt", "--tls-key=/run/ipfs-tee/tls/tls.key"},
            set(pod["containers"][0]["args"]),
        )

    def test_the_service_leads_to_the_registry_of_the_callers_own_node(self):
        for peers in ("true", "false"):
            found = self.rendered("--set", f"registry.tls.port=8443,registry.peers.enabled={peers}")
            service, registries = found["Service", "node-registry"], found["DaemonSet", "node-registry"]
            self.assertEqual("Local", service["internalTrafficPolicy"])
            self.assertNotIn("clusterIP", service)
            self.assertEqual(registries["selector"]["matchLabels"], service["selector"])
            self.assertEqual([{"name": "tls", "port": 8443, "targetPort": "tls"}], service["ports"])
            ports = registries["template"]["spec"]["containers"][0]["ports"]
            self.assertIn({"name": "tls", "containerPort": 5443}, ports)
            self.assertEqual(peers == "true", ("Service", "node-registry-peers") in found)

    def test_pods_of_served_namespaces_may_come_unless_others_are_named(self):
        self.assertEqual([{"namespaceSelector": {}}], self.guests())
        (served,) = self.guests("--set", "watchNamespaces={a,b}")
        self.assertEqual(
            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["a", "b"]},
            *served["namespaceSelector"]["matchExpressions"],
        )
        named = [{"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]
        self.assertEqual(
            named, self.guests("--set", "watchNamespaces={a}", "--set-json", f"networkPolicy.guestPeers={json.dumps(named)}")
        )

    def test_nothing_else_is_opened_and_the_operator_gets_no_right(self):
        def spec(objects, kind, name):
            return next(o["spec"] for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name))

        off, on = (spec(objects(s), "NetworkPolicy", "node-registry") for s in ("default", "tls"))
        self.assertEqual(off["ingress"], [r for r in on["ingress"] if r["ports"][0]["port"] != "tls"])
        self.assertEqual(off["egress"], on["egress"])
        for kind in ("Role", "ClusterRole", "ConfigMap"):
            self.assertEqual(of_kind("default", kind), of_kind("tls", kind))


class DesiredSet(unittest.TestCase):
    """What the registries are told by the operator. The fence's word on it is in server_test."""

    NAME = "node-registry-desired"

    @staticmethod
    def registry(scenario):
        return find(scenario, "DaemonSet", "node-registry")["spec"]["template"]["spec"]

    def test_the_registry_alone_reads_the_whole_configmap_and_starts_without_it(self):
        for scenario in set(SCENARIOS) - {"minimal"}:
            for name, pod in pod_templates(scenario):
                registry = name == "node-registry"
                with self.subTest(scenario, pod=name):
                    volumes = [v for v in pod["volumes"] if v["name"] == "desired"]
                    expected = {"name": "desired", "configMap": {"name": self.NAME, "optional": True}}
                    self.assertEqual([expected] if registry else [], volumes)
                    mounts = [(c["name"], m) for c in containers(pod) for m in c["volumeMounts"] if m["name"] == "desired"]
                    mount = {"name": "desired", "mountPath": "/run/ipfs-tee/desired", "readOnly": True}
                    self.assertEqual([("registry", mount)] if registry else [], mounts)
            self.assertIn("--desired=/run/ipfs-tee/desired/desired.json.gz", self.registry(scenario)["containers"][0]["args"])

    def test_a_registry_that_only_reads_its_store_has_no_use_for_it(self):
        pod = self.registry("minimal")
        self.assertEqual(["store", "tmp"], [v["name"] for v in pod["volumes"]])
        self.assertEqual([], [a for a in pod["containers"][0]["args"] if "desired" in a])

    def sweeping(self, *arguments):
        yaml = helm_template(*DIGEST, *arguments)
        (registry,) = [o for o in parse(yaml) if o["kind"] == "DaemonSet"]
        args = registry["spec"]["template"]["spec"]["containers"][0]["args"]
        return [a for a in args if a.startswith("--sweep")]

    def test_what_nobody_wants_goes_after_a_day_unless_it_is_told_otherwise(self):
        self.assertEqual(["--sweep-after=24h", "--sweep-quota=0"], self.sweeping())
        chosen = self.sweeping("--set", "registry.sweep.after=168h,registry.sweep.quota=50Gi")
        self.assertEqual(["--sweep-after=168h", "--sweep-quota=50Gi"], chosen)
        self.assertEqual([], self.sweeping("--set", "registry.sweep.enabled=false"))

    def test_a_store_that_is_only_read_is_not_swept(self):
        self.assertEqual([], self.sweeping("--set", "registry.peers.enabled=false,registry.sweep.enabled=true"))

    def test_it_is_the_operators_and_not_the_charts(self):
        for scenario in SCENARIOS:
            self.assertNotIn(self.NAME, [o["metadata"]["name"] for o in of_kind(scenario, "ConfigMap")])
            rules = find(scenario, "Role", "ipfs-tee-operator")["rules"]
            self.assertEqual([[self.NAME]], [r["resourceNames"] for r in rules if "resourceNames" in r])


class Refusals(unittest.TestCase):
    CASES = (
        ("an unknown value", ["--set", "operatr.replicas=2"], "additional properties 'operatr' not allowed"),
        ("an unknown nested value", ["--set", "operator.replica=2"], "at '/operator': additional properties 'replica' not allowed"),
        ("no fetcher digest", ["--set", "fetcher.image.digest="], "fetcher.image.digest: not set"),
        ("a fetcher digest cut short", ["--set", "fetcher.image.digest=sha256:abc"], "/fetcher/image/digest"),
        ("no gateway", ["--set-json", "gateways=[]"], "/gateways"),
        ("a gateway that is no URL", ["--set", "gateways[0].url=trustless-gateway.link"], "/gateways/0/url"),
        ("a gateway with a password", ["--set", "gateways[0].url=https://me:secret@example.com"], "/gateways/0/url"),
        ("a gateway with a query", ["--set", "gateways[0].url=https://example.com/?a=b"], "/gateways/0/url"),
        # The image fetcher refuses it too: paths of the content are appended to the host.
        ("a gateway with a path", ["--set", "gateways[0].url=https://example.com/gateway"], "/gateways/0/url"),
        ("a gateway over ftp", ["--set", "gateways[0].url=ftp://example.com"], "/gateways/0/url"),
        ("a token over http", ["--set", "gateways[0].url=http://example.com,gateways[0].tokenSecretName=t"], "/gateways/0/url"),
        ("authorities over http", ["--set", "gateways[0].url=http://example.com,gateways[0].caSecretName=t"], "/gateways/0/url"),
        ("a Secret that can't be one's name", ["--set", "gateways[0].tokenSecretName=A/b"], "/gateways/0/tokenSecretName"),
        ("a namespace that can't be one", ["--set-json", 'gatewaySecrets.namespaces=["a*"]'], "/gatewaySecrets/namespaces/0"),
        ("a proxy over https", ["--set", "fetcher.proxy.url=https://proxy.example"], "/fetcher/proxy/url"),
        ("a proxy with a password", ["--set", "fetcher.proxy.url=http://me:pw@proxy.example"], "/fetcher/proxy/url"),
        ("an exception that is a URL", ["--set", "fetcher.proxy.except={http://a}"], "/fetcher/proxy/except/0"),
        ("an unknown field of a gateway", ["--set", "gateways[0].uri=https://example.com"], "/gateways/0"),
        ("an unknown mode", ["--set", "profiles.mine.mode=VM"], "/profiles/mine/mode"),
        ("an unknown way to pull", ["--set", "profiles.snp.pull=host"], "/profiles/snp/pull"),
        ("an unknown field of a profile", ["--set", "profiles.snp.runtimeClass=x"], "/profiles/snp"),
        ("a label value that is no text", ["--set-json", 'profiles.a.nodeSelectorTerms=[{"x":true}]'], "/profiles/a/nodeSelectorTerms/0/x"),
        ("an impossible host port", ["--set", "registry.hostPort=70000"], "/registry/hostPort"),
        ("TLS by a switch", ["--set", "registry.tls.secretName=true"], "/registry/tls/secretName"),
        ("TLS by what can't be a name", ["--set", "registry.tls.secretName=../key"], "/registry/tls/secretName"),
        ("an unknown field of TLS", ["--set", "registry.tls.enabled=true"], "/registry/tls"),
        ("an impossible port for TLS", ["--set", "registry.tls.port=0"], "/registry/tls/port"),
        ("a port for TLS as text", ["--set-string", "registry.tls.port=443"], "/registry/tls/port"),
        ("one guest instead of a list", ["--set-json", 'networkPolicy.guestPeers={"podSelector":{}}'], "/networkPolicy/guestPeers"),
        ("a guest that is a name", ["--set", "networkPolicy.guestPeers={wallets}"], "/networkPolicy/guestPeers/0"),
        ("a rate that is none", ["--set", "registry.scrub.rate=slow"], "/registry/scrub/rate"),
        ("sweeping by a word", ["--set-string", "registry.sweep.enabled=true"], "/registry/sweep/enabled"),
        ("a quota as a number", ["--set", "registry.sweep.quota=0"], "/registry/sweep/quota"),
        ("a quota of the disk's share", ["--set", "registry.sweep.quota=20%"], "/registry/sweep/quota"),
        ("an unknown field of sweeping", ["--set", "registry.sweep.interval=1h"], "/registry/sweep"),
        *((f"sweeping after {after}", ["--set-string", f"registry.sweep.after={after}"], "/registry/sweep/after")
          for after in ("0h", "4m", "4m59s", "299s", "30", "1d", "h", "05m", "")),
        ("the root directory as store", ["--set", "nodes.store=/"], "/nodes/store"),
        ("a store with ..", ["--set", "nodes.store=/var/../etc"], "/nodes/store"),
        ("an empty registry", ["--set", "images.registry="], "/images/registry"),
        ("a share of more than the disk", ["--set", "fetcher.minFree=120%"], "/fetcher/minFree"),
        ("a duration without a unit", ["--set-string", "fetcher.attempts.maxBackoff=30"], "/fetcher/attempts/maxBackoff"),
        ("no replica", ["--set", "operator.replicas=0"], "/operator/replicas"),
        ("an unknown log level", ["--set", "operator.logLevel=LOUD"], "/operator/logLevel"),
        ("one namespace for both", ["--set", f"nodes.namespace={SYSTEM}"], "nodes.namespace: 'ipfs-tee-system' is also the release namespace"),
        ("the nodes' namespace as one with workloads", ["--set", f"watchNamespaces={{a,{NODES}}}"], "watchNamespaces: 'ipfs-tee-nodes' is nodes.namespace"),
        ("a namespace that can't be one", ["--set", "watchNamespaces={Team}"], "/watchNamespaces/0"),
        ("Secrets where nothing is served", ["--set", "watchNamespaces={a}", "--set", "gatewaySecrets.namespaces={b}"], "gatewaySecrets.namespaces: 'b' isn't one of watchNamespaces"),
        ("a namespace twice", ["--set", "watchNamespaces={a,a}"], "/watchNamespaces"),
        (
            "a cluster without admission policies",
            ["--api-versions", "apps/v1/Deployment"],
            "admissionPolicies.enabled: this API server has no",
        ),
        ("an old cluster", ["--kube-version", "1.29.0"], "chart requires kubeVersion: >=1.30"),
    )  # fmt: skip

    def test_wrong_values_are_refused_by_name(self):
        for case, arguments, message in self.CASES:
            with self.subTest(case):
                with self.assertRaises(Failed) as refused:
                    helm_template(*DIGEST, *arguments)
                self.assertIn(message, str(refused.exception))

    def test_right_values_are_taken(self):
        for arguments in (
            ["--kube-version", "1.30.0"],
            ["--set", "gateways[0].url=https://example.com/"],
            ["--set", "gateways[0].url=http://kubo.ipfs.svc:8080"],
            ["--set", "fetcher.minFree=50Gi"],
            ["--set", "fetcher.attempts.maxBackoff=1h30m"],
            *(["--set", f"registry.sweep.after={after}"] for after in ("5m", "300s", "10m30s", "90m", "1h", "1h30m", "168h")),
            ["--set", "global.anything=x"],
        ):
            with self.subTest(arguments):
                helm_template(*DIGEST, *arguments)


class KubernetesVersions(unittest.TestCase):
    def test_the_oldest_that_the_chart_takes_is_the_oldest_that_is_tested(self):
        tested = re.search(r"v(1\.\d+)\.", run("kube-apiserver-oldest", "--version"))[1]
        self.assertIn(f'kubeVersion: ">={tested}.0-0"', (CHART / "Chart.yaml").read_text())
        for page in ("helm-chart/README.md", "docs/limits.md", "docs/quickstart.md"):
            self.assertIn(f"Kubernetes {tested} or newer", (PROJECT / page).read_text(), page)


class Documentation(unittest.TestCase):
    def test_the_table_of_values_is_up_to_date(self):
        run("python3", CHART / "tests" / "values_table.py", "--check")

    def test_every_value_has_a_schema(self):
        schema = json.loads((CHART / "values.schema.json").read_text())

        def follow(node):
            return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node

        def compare(node, value, path):
            node = follow(node)
            if isinstance(value, dict) and "properties" in node:
                self.assertIs(False, node["additionalProperties"], path)
                for key, each in value.items():
                    self.assertIn(key, node["properties"], path)
                    compare(node["properties"][key], each, f"{path}.{key}")

        compare(schema, values(), "")

    def test_no_template_names_a_kind_of_release_dependent_object(self):
        # The documentation gives commands with names: they must not depend on the release.
        for path in (CHART / "templates").rglob("*.yaml"):
            for name in re.findall(r"^  name: (.*)$", path.read_text(), re.M):
                self.assertNotIn(".Release.Name ", name + " ", path.name)
