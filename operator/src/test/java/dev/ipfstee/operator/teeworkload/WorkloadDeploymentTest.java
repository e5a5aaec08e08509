package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static dev.ipfstee.operator.teeworkload.Fixtures.REFERENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class WorkloadDeploymentTest {
  @Test
  void isTheTemplatePinnedAndBoundToTheProfile() {
    Fixtures world =
        new Fixtures()
            .spec(
                """
                replicas: 2
                tee: {profile: snp}
                strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0%%}}
                template:
                  metadata: {labels: {app: agent}}
                  spec:
                    containers:
                    - {name: app, image: "ipfs://%s", args: [], ports: [{containerPort: 80}]}
                    - {name: side, image: nginx, imagePullPolicy: Always}
                    aFieldOfTheFuture: {deep: [1, 2.50, ""]}
                """
                    .formatted(CID));

    assertThat(WorkloadDeployment.build(world.inputs()))
        .isEqualTo(
            yaml(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: agent
                  namespace: wallets
                  labels:
                    app.kubernetes.io/managed-by: ipfs-tee-operator
                    ipfstee.dev/workload: agent
                  ownerReferences:
                  - apiVersion: ipfstee.dev/v1alpha1
                    kind: TeeWorkload
                    name: agent
                    uid: uid-of-agent
                    controller: true
                    blockOwnerDeletion: true
                spec:
                  replicas: 2
                  revisionHistoryLimit: 10
                  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0%%}}
                  selector: {matchLabels: {ipfstee.dev/workload: agent}}
                  template:
                    metadata:
                      labels: {app: agent, ipfstee.dev/workload: agent}
                      annotations:
                        image.ipfstee.dev/app: %1$s
                        io.containerd.cri.runtime-handler: qemu-snp
                    spec:
                      containers:
                      - name: app
                        image: %1$s
                        args: []
                        ports: [{containerPort: 80}]
                        imagePullPolicy: IfNotPresent
                      - {name: side, image: nginx, imagePullPolicy: Always}
                      aFieldOfTheFuture: {deep: [1, 2.50, ""]}
                      runtimeClassName: kata-qemu-snp
                      affinity:
                        nodeAffinity:
                          requiredDuringSchedulingIgnoredDuringExecution:
                            nodeSelectorTerms:
                            - matchExpressions:
                              - key: amd.feature.node.kubernetes.io/snp
                                operator: In
                                values: ["true"]
                """
                    .formatted(REFERENCE)));
  }

  @Test
  void leavesTheWorkloadAsItIs() {
    Fixtures world = new Fixtures();
    JsonNode before = world.workload().getSpec().template().deepCopy();

    WorkloadDeployment.build(world.inputs());

    assertThat(world.workload().getSpec().template()).isEqualTo(before);
  }

  @Test
  void isTheSameInEveryPass() {
    assertThat(WorkloadDeployment.build(new Fixtures().inputs()).toString())
        .isEqualTo(WorkloadDeployment.build(new Fixtures().inputs()).toString());
  }

  @Test
  void keepsThePullPolicyThatIsWritten() {
    Fixtures world =
        new Fixtures()
            .spec(
                """
                tee: {profile: snp}
                template:
                  spec:
                    containers: [{name: app, image: "ipfs://%s", imagePullPolicy: Always}]
                """
                    .formatted(CID));

    assertThat(WorkloadDeployment.build(world.inputs()).at("/spec/template/spec/containers/0"))
        .isEqualTo(yaml("{name: app, image: '%s', imagePullPolicy: Always}".formatted(REFERENCE)));
  }

  @Test
  void aNodeThatIsTheTeeNeedsNoRuntimeClassAndNoHandler() {
    Fixtures world =
        new Fixtures()
            .profile("gke-tdx", Fixtures.GKE)
            .spec(
                """
                tee: {profile: gke-tdx}
                template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
                """
                    .formatted(CID));
    ObjectNode deployment = WorkloadDeployment.build(world.inputs());

    assertThat(deployment.at("/spec/template/spec").has("runtimeClassName")).isFalse();
    assertThat(deployment.at("/spec/template/metadata/annotations"))
        .isEqualTo(yaml("{image.ipfstee.dev/app: '%s'}".formatted(REFERENCE)));
  }

  @Test
  void defaultsOfTheStrategyAreSaidSoThatTheyCanBeTakenBack() {
    String template = "template: {spec: {containers: [{name: app, image: x}]}}\n";
    Fixtures silent = new Fixtures().spec("tee: {profile: snp}\n" + template);
    Fixtures recreate =
        new Fixtures().spec("tee: {profile: snp}\nstrategy: {type: Recreate}\n" + template);

    assertThat(WorkloadDeployment.build(silent.inputs()).at("/spec/strategy"))
        .isEqualTo(
            yaml("{type: RollingUpdate, rollingUpdate: {maxUnavailable: 25%, maxSurge: 25%}}"));
    assertThat(WorkloadDeployment.build(recreate.inputs()).at("/spec/strategy"))
        .isEqualTo(yaml("{type: Recreate}"));
  }

  @Test
  void anImageThatIsNotVerifiedHasAPlaceholderForTheDryRun() {
    Fixtures world =
        new Fixtures()
            .noImages()
            .image(Fixtures.nameOf("ipfs://" + CID), Reason.FETCH_RUNNING, "fetching");

    assertThat(
            WorkloadDeployment.build(world.inputs())
                .at("/spec/template/spec/containers/0/image")
                .asText())
        .isEqualTo("localhost:5050/ipfs/unknown@sha256:" + "0".repeat(64));
  }

  private static JsonNode yaml(String text) {
    return Serialization.unmarshal("---\n" + text, JsonNode.class);
  }
}
