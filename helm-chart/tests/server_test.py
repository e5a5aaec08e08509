"""The chart in a real API server: installed by helm, judged by the server's own admission and RBAC.

There are no controllers: no pod of a Deployment appears, so the tests create those themselves.
"""

import copy
import json
import tempfile
import time
import unittest
from pathlib import Path

import schemas
from apiserver import ApiServer, Refused
from chart import (
    CHART, FETCHER_DIGEST, NODES, PROJECT, SCENARIOS, SYSTEM, VALUES, Failed, find, helm_template, of_kind,
    parse, rendered, run,
)  # fmt: skip

OPERATOR = f"system:serviceaccount:{SYSTEM}:ipfs-tee-operator"
TEAM = "team"
SAMPLES = PROJECT / "samples"
# The others use the namespace of the quickstart.
SAMPLE_FILES = [*sorted(SAMPLES.glob("quickstart/*.yaml")), *sorted(SAMPLES.glob("*.yaml"))]


class Installed:
    """One server with the chart installed, made by whichever test comes first."""

    _server = None
    _failure = None
    notes = None

    @classmethod
    def server(cls):
        if cls._failure:
            raise unittest.SkipTest(f"the chart isn't installed: {cls._failure}")
        if cls._server is None:
            cls._failure = "see the first error"
            server = ApiServer()
            cls.notes = cls.helm(server, "install")
            server.merge(
                f"/api/v1/namespaces/{SYSTEM}",
                {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            )
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM}}
            server.create("/api/v1/namespaces", namespace)
            cls._await_policies(server)
            cls._server, cls._failure = server, None
        return cls._server

    @staticmethod
    def helm(server, verb, *arguments, scenario="local"):
        return run(
            "helm", verb, "ipfs-tee-operator", CHART, "--namespace", SYSTEM, "--create-namespace",
            "--values", VALUES / f"{scenario}.yaml", *arguments, env=server.env(),
        )  # fmt: skip

    @staticmethod
    def _await_policies(server):
        """The server takes up new policies and definitions a moment after their creation."""
        pod = fetch_pod(image="localhost/other@sha256:" + "0" * 64)
        deadline = time.monotonic() + 60
        while True:
            try:
                server.create(f"/api/v1/namespaces/{NODES}/pods", pod, dry_run=True)
                server.create(teeworkloads(), workload(), dry_run=True, user="nobody")
            except Refused as refused:
                if "ValidatingAdmissionPolicy" in str(refused):
                    return
            if time.monotonic() > deadline:
                raise AssertionError("the admission policies aren't enforced after 60 s")
            time.sleep(0.2)


def pods(namespace):
    return f"/api/v1/namespaces/{namespace}/pods"


def teeworkloads(name=""):
    return f"/apis/ipfstee.dev/v1alpha1/namespaces/{TEAM}/teeworkloads" + (f"/{name}" if name else "")


def fetch_pod(image=None):
    """A pod as a fetch Job makes it: operator/…/ipfsimage/FetchJob."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "fetch",
            "namespace": NODES,
            "labels": {"app.kubernetes.io/name": "ipfs-tee-operator", "app.kubernetes.io/component": "fetch"},
        },
        "spec": {
            "serviceAccountName": "image-fetcher",
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "runAsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "fetch",
                    "image": image or f"localhost/ipfs-tee/image-fetcher@{FETCHER_DIGEST}",
                    "args": ["fetch", "--store", "/var/lib/ipfs-tee", "ipfs://bafy"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        {"name": "store", "mountPath": "/var/lib/ipfs-tee"},
                        {"name": "tmp", "mountPath": "/tmp"},
                    ],
                }
            ],
            "volumes": [
                {"name": "store", "hostPath": {"path": "/var/lib/ipfs-tee", "type": "Directory"}},
                {"name": "tmp", "emptyDir": {}},
            ],
        },
    }


def fetch_pod_with_credentials():
    """The same for a gateway with a token: operator/…/ipfsimage/FetchCredentials."""
    pod = fetch_pod()
    pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] = "fetch-app-0"
    pod["spec"]["volumes"].append({"name": "credentials", "secret": {"secretName": "fetch-app-0", "defaultMode": 0o444}})
    pod["spec"]["containers"][0]["volumeMounts"].append(
        {"name": "credentials", "mountPath": "/run/ipfs-tee/credentials", "readOnly": True}
    )
    return pod


def workload(name="app", service_account=None, old_service_account=None):
    spec = {"containers": [{"name": "web", "image": "ipfs://bafybeigua4lnyjkmzfhebuc3652zt2q7magf53gswajnluitj3ywgd473m"}]}
    if service_account is not None:
        spec["serviceAccountName"] = service_account
    if old_service_account is not None:
        spec["serviceAccount"] = old_service_account
    return {
        "apiVersion": "ipfstee.dev/v1alpha1",
        "kind": "TeeWorkload",
        "metadata": {"name": name, "namespace": TEAM},
        "spec": {"tee": {"profile": "snp"}, "template": {"spec": spec}},
    }


def pod_of(scenario, kind, name):
    """The pod that a controller would make of the object."""
    o = find(scenario, kind, name)
    template = o["spec"]["template"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": o["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
        },
        "spec": copy.deepcopy(template["spec"]) | {"priorityClassName": None},
    }


def may(server, user, line):
    """Whether RBAC lets the user do it: verb, group, resource and namespace, "-" where there is none."""
    verb, group, resource, *name, namespace = (w if w != "-" else "" for w in line.split())
    resource, _, subresource = resource.partition("/")
    attributes = {
        "verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace,
        "name": "".join(name),
    }  # fmt: skip
    account = user.split(":")
    groups = [f"system:serviceaccounts:{account[2]}", "system:serviceaccounts"] if len(account) == 4 else []
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": [*groups, "system:authenticated"], "resourceAttributes": attributes},
    }
    answer = server.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return answer["status"].get("allowed", False)


def await_right(server, user, line, granted=True):
    """The server takes up a change of roles and bindings a moment after it was made."""
    deadline = time.monotonic() + 60
    while may(server, user, line) != granted:
        if time.monotonic() > deadline:
            raise AssertionError(f"whether {user} may {line} isn't {granted} after 60 s")
        time.sleep(0.1)


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Installed.server()

    def refused(self, message, call, *arguments, **options):
        with self.assertRaises(Refused) as refused:
            call(*arguments, **options)
        self.assertIn(message, str(refused.exception))


class Install(ServerTest):
    def test_the_notes_name_the_next_command(self):
        self.assertIn("kubectl apply -f samples/quickstart", Installed.notes)
        self.assertIn(f"kubectl label namespace {SYSTEM} pod-security.kubernetes.io/enforce=restricted", Installed.notes)

    def test_both_kinds_are_served(self):
        kinds = {r["kind"] for r in self.server.get("/apis/ipfstee.dev/v1alpha1")["resources"]}
        self.assertLessEqual({"IpfsImage", "TeeWorkload"}, kinds)

    def test_the_policies_have_no_type_error(self):
        # Only a controller writes the result of the type check; what can't be compiled is refused at once.
        for name in ("node-programs", "workload-authors", "image-authors"):
            path = f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/ipfs-tee-operator-{name}"
            self.assertEqual("Fail", self.server.get(path)["spec"]["failurePolicy"])
            binding = self.server.get(path.replace("policies", "policybindings"))
            self.assertEqual(["Deny"], binding["spec"]["validationActions"])


class Schemas(ServerTest):
    """kubeconform, with the schemas of this very server: nothing is downloaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.server.folder) / "schemas"
        if not cls.folder.exists():
            schemas.write(cls.server, cls.folder)

    # The Prometheus operator's: no schema here. monitoring_test looks at them.
    FOREIGN = ("PodMonitor", "PrometheusRule")

    def kubeconform(self, yaml):
        return run(
            "kubeconform", "-strict", "-summary", "-schema-location", schemas.location(self.folder),
            "-skip", ",".join(self.FOREIGN), "-",
            stdin=yaml,
        )  # fmt: skip

    def test_every_rendered_object_is_valid(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario):
                foreign = sum(len(of_kind(scenario, kind)) for kind in self.FOREIGN)
                self.assertEqual(3 if scenario == "monitoring" else 0, foreign)
                self.assertIn(f"Invalid: 0, Errors: 0, Skipped: {foreign}", self.kubeconform(rendered(scenario)))

    def test_every_sample_is_valid(self):
        self.assertGreaterEqual(len(SAMPLE_FILES), 5)
        for path in SAMPLE_FILES:
            with self.subTest(path.name):
                self.kubeconform(path.read_text())

    def test_a_misspelt_field_is_found(self):
        with self.assertRaises(Failed) as failed:
            self.kubeconform(rendered("default").replace("hostIP: 127.0.0.1", "hostIp: 127.0.0.1"))
        self.assertIn("hostIp", str(failed.exception))


class Samples(ServerTest):
    def test_the_server_takes_them_and_restricted_pod_security_their_pods(self):
        cid = (SAMPLES / "hello" / "CID").read_text().strip()
        for path in SAMPLE_FILES:
            run("kubectl", "apply", "--server-side", "--filename", path, env=self.server.env())
            for o in parse(path.read_text()):
                with self.subTest(path.name, kind=o["kind"]):
                    if o["kind"] == "Namespace":
                        continue
                    if o["kind"] in ("IpfsImage", "TeeWorkload"):
                        self.assertTrue("hello-1" in str(o) or f"ipfs://{cid}" in str(o), f"not {cid}")
                    if o["kind"] == "TeeWorkload":
                        self.admit_pod(o)

    def admit_pod(self, o):
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        try:
            self.server.create("/api/v1/namespaces/quickstart/serviceaccounts", account)
        except Refused as refused:
            self.assertEqual(409, refused.code)
        template = o["spec"]["template"]
        for container in template["spec"]["containers"]:
            container["image"] = "localhost:5050/ipfs/x@sha256:" + "0" * 64
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
        pod["metadata"] = template["metadata"] | {"name": o["metadata"]["name"]}
        self.server.create(pods("quickstart"), pod, dry_run=True)


class GitOps(ServerTest):
    """The samples for Argo CD and Flux, against the definitions that these projects ship."""

    FOLDER = PROJECT / "docs" / "gitops"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = Installed.server().env()
        for namespace in ("argocd", "wallets"):
            run("kubectl", "create", "namespace", namespace, env=environment)
        modules = cls.FOLDER / "tests" / "crds"
        for line in (modules / "go.mod").read_text().splitlines():
            if line.startswith("\t"):
                module, version = line.split()
                found = run("go", "-C", modules, "mod", "download", "-json", f"{module}@{version}")
                folder = Path(json.loads(found)["Dir"])
                for file in [*folder.glob("config/crd/bases/*.yaml"), *folder.glob("manifests/crds/*-crd.yaml")]:
                    run("kubectl", "apply", "--server-side", "--filename", file, env=environment)
        run("kubectl", "wait", "--for=condition=Established", "crd", "--all", env=environment)

    def dry_run(self, text, *arguments):
        return run(
            "kubectl", *(arguments or ("apply", "--server-side", "--dry-run=server", "--filename", "-")),
            stdin=text, env=self.server.env(),
        )  # fmt: skip

    def test_the_server_takes_the_samples(self):
        samples = [self.FOLDER / "argocd" / "application.yaml", *self.FOLDER.glob("flux/*.yaml")]
        self.assertEqual(3, len(samples))
        for path in samples:
            with self.subTest(path.name):
                self.dry_run(path.read_text())

    def test_a_misspelt_field_is_refused(self):
        text = (self.FOLDER / "flux" / "workloads.yaml").read_text()
        with self.assertRaises(Failed) as failed:
            self.dry_run(text.replace("healthCheckExprs", "healthCheckExpressions"))
        self.assertIn("healthCheckExpressions", str(failed.exception))

    def test_the_chart_takes_the_values_of_the_samples(self):
        for path, at in (("argocd/application.yaml", "spec.source.helm.valuesObject"), ("flux/operator.yaml", "spec.values")):
            with self.subTest(path):
                (found,) = [v for o in parse((self.FOLDER / path).read_text()) if (v := inside(o, at))]
                with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
                    json.dump(found, values)
                    values.flush()
                    run("helm", "template", "x", CHART, "--namespace", SYSTEM, "--values", values.name)

    def test_argocds_configmap_takes_the_patch(self):
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}}
        self.server.create("/api/v1/namespaces/argocd/configmaps", config)
        self.dry_run(
            None, "--namespace", "argocd", "patch", "configmap", "argocd-cm",
            "--patch-file", self.FOLDER / "argocd" / "argocd-cm.yaml",
        )  # fmt: skip


def inside(o, path):
    for key in path.split("."):
        o = o.get(key, {})
    return o


class Rights(ServerTest):
    """What the API server lets the operator's service account do."""

    MAY = """
        list ipfstee.dev teeworkloads team
        watch ipfstee.dev teeworkloads -
        create ipfstee.dev ipfsimages team
        patch ipfstee.dev ipfsimages/status team
        patch ipfstee.dev teeworkloads/status team
        patch apps deployments team
        get - configmaps team
        create - configmaps team
        patch - configmaps team
        delete - configmaps team
        list apps replicasets team
        watch apps replicasets team
        list - nodes -
        list - pods ipfs-tee-nodes
        watch node.k8s.io runtimeclasses -
        create events.k8s.io events team
        create batch jobs ipfs-tee-nodes
        create - secrets ipfs-tee-nodes
        create - configmaps ipfs-tee-nodes
        create events.k8s.io events ipfs-tee-nodes
        delete batch jobs ipfs-tee-nodes
        watch - pods -
        create coordination.k8s.io leases ipfs-tee-system
    """
    MAY_NOT = """
        get ipfstee.dev teeworkloads team
        update ipfstee.dev ipfsimages/status team
        get - nodes -
        get - pods team
        get batch jobs ipfs-tee-nodes
        patch events.k8s.io events team
        get - secrets ipfs-tee-system
        list - secrets -
        get - secrets team
        create - secrets team
        get - secrets ipfs-tee-nodes
        list - secrets ipfs-tee-nodes
        update - secrets ipfs-tee-nodes
        delete - secrets ipfs-tee-nodes
        list - configmaps team
        watch - configmaps -
        update - configmaps team
        create - pods team
        create - pods ipfs-tee-nodes
        delete - pods team
        get - pods/log team
        create - pods/exec ipfs-tee-nodes
        create batch jobs team
        patch batch jobs ipfs-tee-nodes
        delete apps deployments team
        delete apps replicasets team
        update ipfstee.dev teeworkloads team
        patch ipfstee.dev teeworkloads team
        delete ipfstee.dev teeworkloads team
        patch - nodes -
        create - serviceaccounts/token ipfs-tee-nodes
        impersonate - serviceaccounts team
        create rbac.authorization.k8s.io clusterrolebindings -
        patch apiextensions.k8s.io customresourcedefinitions -
        delete admissionregistration.k8s.io validatingadmissionpolicies -
        get coordination.k8s.io leases kube-system
        update coordination.k8s.io leases ipfs-tee-system
        create coordination.k8s.io leases team
    """

    def allowed(self, line):
        return may(self.server, OPERATOR, line)

    def test_the_operator_may_do_what_it_needs(self):
        for line in filter(str.strip, self.MAY.splitlines()):
            self.assertTrue(self.allowed(line), line)

    def test_the_operator_may_do_nothing_else(self):
        for line in filter(str.strip, self.MAY_NOT.splitlines()):
            self.assertFalse(self.allowed(line), line)

    def test_the_operator_may_hold_its_lease(self):
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "ipfs-tee-operator", "namespace": SYSTEM},
            "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15},
        }
        path = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases"
        self.server.create(path, lease, user=OPERATOR)
        self.server.merge(f"{path}/ipfs-tee-operator", {"spec": {"holderIdentity": "b"}}, user=OPERATOR)


class OwnPods(ServerTest):
    def test_restricted_pod_security_admits_the_operator(self):
        self.server.create(pods(SYSTEM), pod_of("local", "Deployment", "ipfs-tee-operator"), dry_run=True)

    def test_the_fence_admits_the_registry(self):
        self.server.create(pods(NODES), pod_of("local", "DaemonSet", "node-registry"), dry_run=True)

    def test_the_fence_admits_the_cleanup_of_an_uninstall(self):
        yaml = helm_template("--values", VALUES / "local.yaml", "--set", "cleanup.nodeStore=true")
        found = [o for o in parse(yaml) if o["metadata"]["name"] == "node-store-cleanup" and "template" in o["spec"]]
        self.assertEqual(["DaemonSet", "Job"], sorted(o["kind"] for o in found))
        for o in found:
            template = o["spec"]["template"]
            pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
            pod["metadata"] = template["metadata"] | {"name": "cleanup", "namespace": NODES}
            self.server.create(pods(NODES), pod, dry_run=True)

    def test_the_fence_admits_a_fetch(self):
        self.server.create(pods(NODES), fetch_pod(), dry_run=True)
        self.server.create(pods(NODES), fetch_pod_with_credentials(), dry_run=True)


class Fence(ServerTest):
    """What the policy node-programs refuses, whoever asks: the tests ask as the cluster's administrator."""

    def pod(self, change, base=fetch_pod):
        pod = base()
        change(pod["spec"], pod["spec"]["containers"][0])
        return pod

    def test_everything_outside_the_fence_is_refused(self):
        def sets(where, **fields):
            return lambda spec, c: (spec if where == "pod" else c).update(fields)

        def context(**fields):
            return lambda spec, c: c["securityContext"].update(fields)

        cases = {
            "another image": (sets("c", image="docker.io/library/busybox@sha256:" + "0" * 64), "only the image"),
            "our image by tag": (sets("c", image="localhost/ipfs-tee/image-fetcher:0.1.0"), "only the image"),
            "another init container": (
                lambda spec, c: spec.update(initContainers=[c | {"name": "i", "image": "x"}]), "only the image",
            ),
            "another command": (sets("c", command=["/bin/sh"]), "entry point"),
            "a variable for the JVM": (sets("c", env=[{"name": "JAVA_TOOL_OPTIONS", "value": "-javaagent:/x"}]), "entry point"),
            "variables from a Secret": (sets("c", envFrom=[{"secretRef": {"name": "s"}}]), "entry point"),
            "a lifecycle hook": (sets("c", lifecycle={"postStart": {"exec": {"command": ["a"]}}}), "entry point"),
            "an exec probe": (sets("c", livenessProbe={"exec": {"command": ["a"]}}), "entry point"),
            "the node's root": (
                lambda spec, c: spec["volumes"][0].update(hostPath={"path": "/", "type": "Directory"}), "hostPath /var/lib/ipfs-tee",
            ),
            "beside the store": (
                lambda spec, c: spec["volumes"][0].update(hostPath={"path": "/var/lib/ipfs-tee/..", "type": "Directory"}), "",
            ),
            "below the store": (
                lambda spec, c: spec["volumes"][0].update(hostPath={"path": "/var/lib/ipfs-tee/x"}), "hostPath /var/lib/ipfs-tee",
            ),
            "a Secret": (
                lambda spec, c: spec["volumes"].append({"name": "s", "secret": {"secretName": "s"}}), "volumes must be",
            ),
            "a token volume": (
                lambda spec, c: spec["volumes"].append(
                    {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
                ),
                "volumes must be",
            ),
            "a subPath": (lambda spec, c: c["volumeMounts"][0].update(subPath="x"), "subPath"),
            "mount propagation": (
                lambda spec, c: c["volumeMounts"][0].update(mountPropagation="HostToContainer"), "propagation",
            ),
            "hostNetwork": (sets("pod", hostNetwork=True), "hostNetwork"),
            "hostPID": (sets("pod", hostPID=True), "hostPID"),
            "hostIPC": (sets("pod", hostIPC=True), "hostIPC"),
            "a host port": (sets("c", ports=[{"containerPort": 80, "hostPort": 80}]), "host port"),
            "the registry's host port": (
                sets("c", ports=[{"containerPort": 5050, "hostPort": 5050, "hostIP": "127.0.0.1"}]), "host port",
            ),
            "an API token": (sets("pod", automountServiceAccountToken=True), "volumes must be"),
            "no word about the token": (lambda spec, c: spec.pop("automountServiceAccountToken"), ""),
            "another service account": (sets("pod", serviceAccountName="default"), "service account"),
            "privileged": (context(privileged=True, allowPrivilegeEscalation=True), "unprivileged"),
            "privilege escalation": (context(allowPrivilegeEscalation=True), "unprivileged"),
            "a writable root": (context(readOnlyRootFilesystem=False), "read-only root"),
            "capabilities kept": (context(capabilities={}), "capabilities"),
            "a capability added": (context(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]}), "added capabilities"),
            "seccomp unconfined": (context(seccompProfile={"type": "Unconfined"}), "seccomp"),
            "AppArmor unconfined": (context(appArmorProfile={"type": "Unconfined"}), "unprivileged"),
            "root": (context(runAsUser=0, runAsNonRoot=False), "user 65532"),
            "no security context": (lambda spec, c: c.pop("securityContext"), ""),
            "root as prepare-store, in a fetch": (
                lambda spec, c: spec.update(
                    initContainers=[
                        c | {
                            "name": "prepare-store", "args": ["prepare-store"],
                            "securityContext": c["securityContext"] | {"runAsUser": 0, "runAsNonRoot": False},
                        }
                    ]
                ),
                "only the init container prepare-store",
            ),
        }  # fmt: skip
        self.create_account("default")
        for case, (change, message) in cases.items():
            with self.subTest(case):
                self.refused(message, self.server.create, pods(NODES), self.pod(change), dry_run=True)

    def create_account(self, name):
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        self.server.create(f"/api/v1/namespaces/{NODES}/serviceaccounts", account)

    def test_the_registry_may_not_go_further_either(self):
        def registry():
            return pod_of("local", "DaemonSet", "node-registry")

        cases = {
            "on all addresses": (lambda spec, c: c["ports"][0].pop("hostIP"), "127.0.0.1"),
            "on another port": (lambda spec, c: c["ports"][0].update(hostPort=5000), "host port"),
            "with a third capability": (
                lambda spec, c: spec["initContainers"][0]["securityContext"]["capabilities"]["add"].append("SYS_ADMIN"),
                "CHOWN and FOWNER",
            ),
            "with another step as root": (
                lambda spec, c: spec["initContainers"][0].update(args=["fetch"]), "prepare-store",
            ),
        }  # fmt: skip
        for case, (change, message) in cases.items():
            with self.subTest(case):
                self.refused(message, self.server.create, pods(NODES), self.pod(change, registry), dry_run=True)
        with self.subTest("with a Secret that no value names"):
            pod = pod_of("tls", "DaemonSet", "node-registry")
            self.refused("volumes must be", self.server.create, pods(NODES), pod, dry_run=True)

    def test_a_registry_gets_no_configmap_but_what_it_is_told(self):
        def volume_of(spec):
            (found,) = [v for v in spec["volumes"] if v["name"] == "desired"]
            return found

        def volume(**fields):
            return lambda spec, c: volume_of(spec)["configMap"].update(fields)

        def mount(**fields):
            return lambda spec, c: next(m for m in c["volumeMounts"] if m["name"] == "desired").update(fields)

        def registry():
            return pod_of("local", "DaemonSet", "node-registry")

        cases = {
            "another ConfigMap": (volume(name="kube-root-ca.crt"), "volumes must be"),
            "chosen keys": (volume(items=[{"key": "desired.json.gz", "path": "x"}]), "volumes must be"),
            "under another name": (
                lambda spec, c: (volume_of(spec).update(name="d"), mount(name="d")(spec, c)), "volumes must be",
            ),
            "a second one": (
                lambda spec, c: spec["volumes"].append({"name": "d", "configMap": {"name": "node-registry-desired"}}), "volumes must be",
            ),
            "among others, projected": (
                lambda spec, c: volume_of(spec).update(
                    configMap=None, projected={"sources": [{"configMap": {"name": "node-registry-desired"}}]}
                ),
                "volumes must be",
            ),
            "as the fetcher's account": (lambda spec, c: spec.update(serviceAccountName="image-fetcher"), "volumes must be"),
            "elsewhere": (mount(mountPath="/etc/ssl"), "must be mounted at /run/ipfs-tee/desired"),
            "to write": (mount(readOnly=False), "read-only"),
            "one file of it": (mount(subPath="desired.json.gz"), "subPath"),
            "a fetch": (lambda spec, c: c["args"].__setitem__(0, "fetch"), "for serve alone"),
        }  # fmt: skip
        for case, (change, message) in cases.items():
            with self.subTest(case):
                self.refused(message, self.server.create, pods(NODES), self.pod(change, registry), dry_run=True)
        with self.subTest("a fetch's pod"):
            pod = fetch_pod()
            pod["spec"]["volumes"].append({"name": "desired", "configMap": {"name": "node-registry-desired"}})
            self.refused("volumes must be", self.server.create, pods(NODES), pod, dry_run=True)

    def test_a_fetch_gets_no_secret_but_its_own(self):
        def sets(**fields):
            return lambda spec, c: spec["volumes"][-1]["secret"].update(fields)

        def labelled(name):
            def change(pod):
                pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] = name
                pod["spec"]["volumes"][-1]["secret"]["secretName"] = name

            return change

        cases = {
            "another fetch's": (sets(secretName="fetch-other-0"), "volumes must be"),
            "none by name": (lambda spec, c: spec["volumes"][-1]["secret"].pop("secretName"), ""),
            "one that may be missing": (sets(optional=True), "volumes must be"),
            "chosen keys": (sets(items=[{"key": "token-0", "path": "x"}]), "volumes must be"),
            "under another name": (
                lambda spec, c: (spec["volumes"][-1].update(name="s"), c["volumeMounts"][-1].update(name="s")), "volumes must be",
            ),
            "as the registry's account": (
                lambda spec, c: spec.update(serviceAccountName="node-registry"), "volumes must be",
            ),
            "among others, projected": (
                lambda spec, c: spec["volumes"].append(
                    {"name": "p", "projected": {"sources": [{"secret": {"name": "fetch-app-0"}}]}}
                ),
                "volumes must be",
            ),
            "elsewhere": (lambda spec, c: c["volumeMounts"][-1].update(mountPath="/etc/ssl"), "mounted at"),
            "to write": (lambda spec, c: c["volumeMounts"][-1].update(readOnly=False), "read-only"),
        }  # fmt: skip
        for case, (change, message) in cases.items():
            with self.subTest(case):
                pod = self.pod(change, fetch_pod_with_credentials)
                self.refused(message, self.server.create, pods(NODES), pod, dry_run=True)
        metadata = {
            "a pull secret": labelled("mirror-credentials"),
            "in a pod that is no Job's": lambda pod: pod["metadata"]["labels"].pop("batch.kubernetes.io/job-name"),
            "in another component": lambda pod: pod["metadata"]["labels"].update({"app.kubernetes.io/component": "node-registry"}),
        }
        for case, change in metadata.items():
            with self.subTest(case):
                pod = fetch_pod_with_credentials()
                change(pod)
                self.refused("volumes must be", self.server.create, pods(NODES), pod, dry_run=True)

    def test_a_running_pod_cannot_be_turned(self):
        self.server.create(pods(NODES), fetch_pod() | {"metadata": fetch_pod()["metadata"] | {"name": "turned"}})
        path = f"{pods(NODES)}/turned"
        image = {"spec": {"containers": [{"name": "fetch", "image": "busybox"}]}}
        with self.assertRaises(Refused) as refused:
            self.server.request("PATCH", path, image, media="application/strategic-merge-patch+json")
        self.assertIn("only the image", str(refused.exception))
        debug = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "busybox"}]}}
        with self.assertRaises(Refused) as refused:
            self.server.request(
                "PATCH", f"{path}/ephemeralcontainers", debug, media="application/strategic-merge-patch+json"
            )
        self.assertIn("ValidatingAdmissionPolicy", str(refused.exception))

    def test_other_namespaces_are_left_alone(self):
        pod = fetch_pod(image="busybox")
        pod["metadata"]["namespace"] = TEAM
        pod["spec"]["serviceAccountName"] = "plain"
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "plain"}}
        self.server.create(f"/api/v1/namespaces/{TEAM}/serviceaccounts", account)
        self.server.create(pods(TEAM), pod, dry_run=True)


class Authors(ServerTest):
    """What the policy workload-authors lets through. Users differ in their roles in one namespace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ours = {"apiGroups": ["ipfstee.dev"], "resources": ["teeworkloads"], "verbs": ["create", "update", "patch"]}
        create_pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
        use = {"apiGroups": [""], "resources": ["serviceaccounts"], "resourceNames": ["vault"], "verbs": ["use"]}
        cls.bind("workloads-only", ours)
        cls.bind("pods-too", ours, create_pods)
        cls.bind("pods-and-vault", ours, create_pods, use)
        # What the built-in role edit is made of: no controller aggregates it here.
        cls.bind("editor", role="system:aggregate-to-edit")
        cls.bind("editor", role="ipfs-tee-operator-edit")
        for user in ("workloads-only", "pods-too", "pods-and-vault", "editor"):
            await_right(cls.server, user, f"create ipfstee.dev teeworkloads {TEAM}")
        for user in ("pods-too", "pods-and-vault", "editor"):
            await_right(cls.server, user, f"create - pods {TEAM}")
        await_right(cls.server, "pods-and-vault", f"use - serviceaccounts vault {TEAM}")

    @classmethod
    def bind(cls, user, *rules, role=None):
        api = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{TEAM}"
        meta = {"name": role or user}
        if rules:
            cls.server.create(f"{api}/roles", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta, "rules": list(rules)})
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{user}-{meta['name'].replace(':', '-')}"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role" if rules else "ClusterRole",
                "name": meta["name"],
            },
            "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}],
        }
        cls.server.create(f"{api}/rolebindings", binding)

    def create(self, user, o, dry_run=True):
        return self.server.create(teeworkloads(), o, dry_run=dry_run, user=user)

    def test_who_may_not_create_pods_may_not_create_workloads(self):
        self.refused("user 'workloads-only' may not create pods in namespace 'team'", self.create, "workloads-only", workload())

    def test_who_may_create_pods_may_run_them_as_the_default_account(self):
        for account in (None, "", "default"):
            self.create("pods-too", workload(service_account=account))

    def test_another_service_account_needs_a_right_on_it(self):
        message = "may neither impersonate nor use service account 'vault' in namespace 'team'"
        self.refused(message, self.create, "pods-too", workload(service_account="vault"))
        self.create("pods-and-vault", workload(service_account="vault"))
        self.refused("'other'", self.create, "pods-and-vault", workload(service_account="other"))

    def test_the_old_name_of_the_field_is_no_way_around(self):
        self.refused("'vault'", self.create, "pods-too", workload(old_service_account="vault"))
        self.refused("'vault'", self.create, "pods-too", workload(service_account="", old_service_account="vault"))

    def test_a_strange_template_is_refused_not_let_through(self):
        self.refused("ipfs-tee-operator-workload-authors", self.create, "pods-too", workload(service_account=["vault"]))
        strange = workload()
        strange["spec"]["template"] = {"metadata": {}}
        self.refused("", self.create, "pods-too", strange)

    def test_an_editor_may_use_every_service_account(self):
        self.create("editor", workload(service_account="vault"))

    def test_a_change_is_checked_but_not_one_of_labels(self):
        self.create("editor", workload("changed", service_account="vault"), dry_run=False)
        path = teeworkloads("changed")
        self.server.merge(path, {"metadata": {"labels": {"a": "b"}}}, user="pods-too")
        image = {"spec": {"images": [{"container": "web", "ipfsImage": "other"}]}}
        self.refused("'vault'", self.server.merge, path, image, user="pods-too")
        self.server.merge(path, image, user="pods-and-vault")


class ImageAuthors(ServerTest):
    """What the policy image-authors lets through: no Secret is used for who may not read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ours = {"apiGroups": ["ipfstee.dev"], "resources": ["ipfsimages"], "verbs": ["create", "update", "patch"]}
        read = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["gw"], "verbs": ["get"]}
        every = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
        Authors.bind.__func__(cls, "images-only", ours)
        Authors.bind.__func__(cls, "images-and-gw", ours, read)
        Authors.bind.__func__(cls, "images-and-secrets", ours, every)
        for user in ("images-only", "images-and-gw", "images-and-secrets"):
            await_right(cls.server, user, f"create ipfstee.dev ipfsimages {TEAM}")
        for user in ("images-and-gw", "images-and-secrets"):
            await_right(cls.server, user, f"get - secrets gw {TEAM}")

    def image(self, *gateways, name="app"):
        return {
            "apiVersion": "ipfstee.dev/v1alpha1",
            "kind": "IpfsImage",
            "metadata": {"name": name},
            "spec": {
                "source": {"uri": "ipfs://bafybeigua4lnyjkmzfhebuc3652zt2q7magf53gswajnluitj3ywgd473m"},
                "gateways": list(gateways),
            },
        }

    def create(self, user, *gateways, name="app", dry_run=True):
        path = f"/apis/ipfstee.dev/v1alpha1/namespaces/{TEAM}/ipfsimages"
        return self.server.create(path, self.image(*gateways, name=name), dry_run=dry_run, user=user)

    def gateway(self, host="a", **secrets):
        return {"url": f"https://{host}.example"} | {f"{k}SecretRef": {"name": v} for k, v in secrets.items()}

    def test_without_secrets_nobody_is_asked(self):
        self.create("images-only")
        self.create("images-only", self.gateway())

    def test_a_secret_is_used_for_who_may_read_it(self):
        for kind in ("token", "ca"):
            refused = "user 'images-only' may not get Secret 'gw' in namespace 'team', so may not have an IpfsImage use it"
            self.refused(refused, self.create, "images-only", self.gateway(**{kind: "gw"}))
            self.create("images-and-gw", self.gateway(**{kind: "gw"}))
            self.refused("'other'", self.create, "images-and-gw", self.gateway(**{kind: "other"}))

    def test_the_last_of_many_is_asked_about_too(self):
        many = [self.gateway(host=f"h{i}", token=f"t{i}", ca=f"c{i}") for i in range(8)]
        self.create("images-and-secrets", *many)
        ours = [self.gateway(host=f"h{i}", token="gw", ca="gw") for i in range(7)]
        self.refused("'last'", self.create, "images-and-gw", *ours, self.gateway(token="gw", ca="last"))

    def test_a_change_is_checked_but_not_one_of_anything_else(self):
        self.create("images-and-secrets", self.gateway(token="other"), name="changed", dry_run=False)
        path = f"/apis/ipfstee.dev/v1alpha1/namespaces/{TEAM}/ipfsimages/changed"
        self.server.merge(path, {"metadata": {"labels": {"a": "b"}}, "spec": {"suspend": True}}, user="images-only")
        gateways = {"spec": {"gateways": [self.gateway(token="gw")]}}
        self.refused("'gw'", self.server.merge, path, gateways, user="images-only")
        self.server.merge(path, gateways, user="images-and-gw")
        self.server.merge(path, {"spec": {"gateways": []}}, user="images-only")


class XOverTls(ServerTest):
    """After the others, because it changes the installation to one whose registries have a certificate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The same Secret as in values/tls.yaml.
        cls.notes = Installed.helm(cls.server, "upgrade", "--set", "registry.tls.secretName=node-registry-tls")
        deadline = time.monotonic() + 60
        while True:
            try:
                cls.server.create(pods(NODES), cls.registry(), dry_run=True)
                return
            except Refused:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    @staticmethod
    def registry():
        return pod_of("tls", "DaemonSet", "node-registry")

    def test_the_notes_say_what_guests_ask_and_what_must_be_there(self):
        self.assertIn("node-registry.ipfs-tee-nodes.svc:443", self.notes)
        self.assertIn("ipfs-tee-nodes/node-registry-tls", self.notes)
        self.assertNotIn("Guests", Installed.notes)

    def test_nobody_but_a_registry_that_serves_gets_the_key(self):
        def volume(**fields):
            return lambda spec, c: volume_of(spec)["secret"].update(fields)

        def volume_of(spec):
            (found,) = [v for v in spec["volumes"] if v["name"] == "tls"]
            return found

        def mount(**fields):
            return lambda spec, c: next(m for m in c["volumeMounts"] if m["name"] == "tls").update(fields)

        cases = {
            "another Secret": (volume(secretName="mirror-credentials"), "volumes must be"),
            "one that may be missing": (volume(optional=True), "volumes must be"),
            "chosen keys": (volume(items=[{"key": "tls.key", "path": "index.json"}]), "volumes must be"),
            "under another name": (
                lambda spec, c: (volume_of(spec).update(name="s"), mount(name="s")(spec, c)), "volumes must be",
            ),
            "as the fetcher's account": (lambda spec, c: spec.update(serviceAccountName="image-fetcher"), "volumes must be"),
            "elsewhere": (mount(mountPath="/etc/ssl"), "must be mounted at /run/ipfs-tee/tls"),
            "to write": (mount(readOnly=False), "read-only"),
            "one file of it": (mount(subPath="tls.key"), "subPath"),
            "a fetch": (lambda spec, c: c["args"].__setitem__(0, "fetch"), "for serve alone"),
            "no command": (lambda spec, c: c.pop("args"), "for serve alone"),
            "the step as root": (
                lambda spec, c: spec["initContainers"][0]["volumeMounts"].append(
                    {"name": "tls", "mountPath": "/run/ipfs-tee/tls", "readOnly": True}
                ),
                "for serve alone",
            ),
        }  # fmt: skip
        for case, (change, message) in cases.items():
            with self.subTest(case):
                pod = self.registry()
                change(pod["spec"], pod["spec"]["containers"][0])
                self.refused(message, self.server.create, pods(NODES), pod, dry_run=True)
        with self.subTest("a pod of another component"):
            pod = self.registry()
            pod["metadata"]["labels"]["app.kubernetes.io/component"] = "fetch"
            self.refused("volumes must be", self.server.create, pods(NODES), pod, dry_run=True)


class YNamespacedMode(Rights):
    """After the others, because it changes the installation to one that serves a single namespace."""

    ELSEWHERE = ("list ipfstee.dev teeworkloads", "create apps deployments", "get - configmaps", "create events.k8s.io events")
    MAY = "\n".join(f"{line} {TEAM}" for line in ELSEWHERE) + """
        watch - nodes -
        watch node.k8s.io runtimeclasses -
        list - pods team
        create batch jobs ipfs-tee-nodes
        list - pods ipfs-tee-nodes
    """
    MAY_NOT = Rights.MAY_NOT + "\n".join(f"{line} {namespace}" for line in ELSEWHERE for namespace in ("default", "-")) + """
        list - pods -
        watch - pods default
        list apps replicasets -
        get - configmaps ipfs-tee-nodes
        patch - configmaps ipfs-tee-nodes
        delete - configmaps ipfs-tee-nodes
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Installed.helm(cls.server, "upgrade", "--set", f"watchNamespaces={{{TEAM}}}")
        await_right(cls.server, OPERATOR, "list ipfstee.dev teeworkloads default", granted=False)
        await_right(cls.server, OPERATOR, f"list ipfstee.dev teeworkloads {TEAM}")

    test_the_operator_may_hold_its_lease = None

    def test_of_the_nodes_configmaps_the_operator_may_write_one(self):
        path = f"/api/v1/namespaces/{NODES}/configmaps"
        for name in ("node-registry-desired", "somebody-elses"):
            config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NODES}}
            self.server.create(path, config, user=OPERATOR)
        self.server.merge(f"{path}/node-registry-desired", {"data": {"a": "b"}}, user=OPERATOR)
        self.refused("forbidden", self.server.merge, f"{path}/somebody-elses", {"data": {"a": "b"}}, user=OPERATOR)


class ZUpgradeAndUninstall(ServerTest):
    """Last, because it takes the chart away."""

    def test_upgrade_lets_earlier_pods_end_and_uninstall_keeps_the_definitions(self):
        pod = fetch_pod()
        pod["metadata"] |= {"name": "earlier", "finalizers": ["batch.kubernetes.io/job-tracking"]}
        self.server.create(pods(NODES), pod)
        digest = "sha256:" + "c" * 64
        Installed.helm(self.server, "upgrade", "--set", f"fetcher.image.digest={digest}")
        self.await_image(digest)
        # As the Job controller does it.
        self.server.merge(f"{pods(NODES)}/earlier", {"metadata": {"finalizers": None}})

        run("helm", "uninstall", "ipfs-tee-operator", "--namespace", SYSTEM, env=self.server.env())
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        names = {o["metadata"]["name"] for o in self.server.get(crds)["items"] if o["spec"]["group"] == "ipfstee.dev"}
        self.assertEqual({"ipfsimages.ipfstee.dev", "teeworkloads.ipfstee.dev"}, names)
        self.refused("not found", self.server.get, f"/apis/apps/v1/namespaces/{SYSTEM}/deployments/ipfs-tee-operator")

    def await_image(self, digest):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.server.create(pods(NODES), fetch_pod(f"localhost/ipfs-tee/image-fetcher@{digest}"), dry_run=True)
                self.refused("only the image", self.server.create, pods(NODES), fetch_pod(), dry_run=True)
                return
            except (Refused, AssertionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
