package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.config.Profile;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import dev.ipfstee.operator.reference.ImageName;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** A workload and its world, for tests of what is pure. By default all is well but undeployed. */
final class Fixtures {
  static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  static final String DIGEST = "sha256:" + "a".repeat(64);
  static final String REFERENCE = "localhost:5050/ipfs/" + CID + "@" + DIGEST;
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

  static final Profile SNP =
      new Profile(
          Profile.Mode.PodVM,
          Profile.Pull.Host,
          "kata-qemu-snp",
          List.of(Map.of("amd.feature.node.kubernetes.io/snp", "true")),
          Map.of());
  static final Profile GKE =
      new Profile(
          Profile.Mode.NodeVM,
          Profile.Pull.Host,
          null,
          List.of(Map.of("cloud.google.com/gke-confidential-nodes-instance-type", "TDX")),
          Map.of());
  static final Profile NONE =
      new Profile(Profile.Mode.None, Profile.Pull.Host, null, List.of(), Map.of());

  private final Map<String, Profile> profiles = new HashMap<>(Map.of("snp", SNP, "none", NONE));
  private final Map<String, IpfsImage> images = new HashMap<>();
  private final List<Map<String, String>> nodes = new ArrayList<>();
  private final List<ReplicaSet> replicaSets = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();
  private TeeWorkload workload;
  private Optional<RuntimeClass> runtimeClass = Optional.of(runtimeClass("kata-qemu-snp"));
  private Optional<Deployment> deployment = Optional.empty();

  Fixtures() {
    spec(
        """
        replicas: 2
        tee: {profile: snp}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s"}]
        """
            .formatted(CID));
    nodes.add(
        Map.of(
            "amd.feature.node.kubernetes.io/snp", "true",
            "katacontainers.io/kata-runtime", "true"));
    image(nameOf("ipfs://" + CID), Reason.VERIFIED, "verified");
  }

  static String nameOf(String reference) {
    return ReferencedImages.nameOf((ImageName.Content) ImageName.parse(reference));
  }

  Fixtures spec(String yaml) {
    workload =
        Serialization.unmarshal(
            """
            apiVersion: ipfstee.dev/v1alpha1
            kind: TeeWorkload
            metadata: {name: agent, namespace: wallets, uid: uid-of-agent, generation: 3}
            spec:
            """
                + yaml.indent(2),
            TeeWorkload.class);
    return this;
  }

  Fixtures profile(String name, Profile profile) {
    profiles.put(name, profile);
    return this;
  }

  Fixtures noImages() {
    images.clear();
    return this;
  }

  /** An IpfsImage whose Ready has this reason; verified if the reason is that all is well. */
  Fixtures image(String name, Reason reason, String message) {
    boolean good = reason.next() == Reason.Next.NOTHING;
    IpfsImage image =
        Serialization.unmarshal(
            """
            apiVersion: ipfstee.dev/v1alpha1
            kind: IpfsImage
            metadata:
              name: %s
              namespace: wallets
              generation: 1
              labels: {app.kubernetes.io/managed-by: ipfs-tee-operator}
            spec: {source: {uri: "ipfs://%s"}}
            """
                .formatted(name, CID),
            IpfsImage.class);
    Conditions conditions = new Conditions(List.of(), 1L, CLOCK);
    if (good) {
      conditions.isTrue(ConditionTypes.VERIFIED, reason, message);
    }
    List<Condition> all = conditions.summary(reason, message).build();
    image.setStatus(
        good
            ? new IpfsImageStatus(
                1L, CID, "OciLayout", DIGEST, null, REFERENCE, null, null, null, null, all)
            : new IpfsImageStatus(1L, null, null, null, null, null, null, null, null, null, all));
    images.put(name, image);
    return this;
  }

  /** The workload's own image has these platforms. */
  Fixtures platforms(String... platforms) {
    IpfsImage image = images.get(nameOf("ipfs://" + CID));
    IpfsImageStatus known = image.getStatus();
    image.setStatus(
        new IpfsImageStatus(
            known.observedGeneration(),
            known.cid(),
            known.layout(),
            known.digest(),
            known.mediaType(),
            known.reference(),
            Arrays.stream(platforms).map(p -> new ImagePlatform(p, null, null, null)).toList(),
            known.nodes(),
            known.progress(),
            known.lastHandledReconcileAt(),
            known.conditions()));
    return this;
  }

  Fixtures image(IpfsImage image) {
    images.put(image.getMetadata().getName(), image);
    return this;
  }

  Fixtures runtimeClass(RuntimeClass found) {
    runtimeClass = Optional.ofNullable(found);
    return this;
  }

  static RuntimeClass runtimeClass(String name) {
    return new RuntimeClassBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withHandler(name.substring(name.indexOf('-') + 1))
        .withNewScheduling()
        .withNodeSelector(Map.of("katacontainers.io/kata-runtime", "true"))
        .endScheduling()
        .build();
  }

  Fixtures node(Map<String, String> labels) {
    nodes.add(labels);
    return this;
  }

  Fixtures noNodes() {
    nodes.clear();
    return this;
  }

  Fixtures pods(String... yaml) {
    Arrays.stream(yaml).map(y -> Serialization.unmarshal(y, Pod.class)).forEach(pods::add);
    return this;
  }

  Fixtures deployment(Deployment found) {
    deployment = Optional.of(found);
    return this;
  }

  TeeWorkload workload() {
    return workload;
  }

  /** The Deployment as the workload's own, with this status. */
  Deployment ownDeployment(String status) {
    Deployment own =
        Serialization.unmarshal(WorkloadDeployment.build(inputs()).toString(), Deployment.class);
    own.getMetadata().setUid("uid-of-deployment");
    own.getMetadata().setGeneration(2L);
    own.getMetadata().setOwnerReferences(List.of(OwnerRefs.controller(workload)));
    own.getMetadata().setLabels(Map.of(ApiLabels.WORKLOAD, "agent"));
    own.setStatus(Serialization.unmarshal("---\n" + status, DeploymentStatus.class));
    return own;
  }

  TeeWorkloadInputs inputs() {
    Optional<Profile> profile =
        Optional.ofNullable(profiles.get(workload.getSpec().tee().profile()));
    Optional<String> className =
        Optional.ofNullable(workload.getSpec().tee().runtimeClassName())
            .or(() -> profile.flatMap(Profile::runtimeClass));
    return new TeeWorkloadInputs(
        workload,
        ReferencedImages.of(workload.getSpec()),
        images,
        List.of(),
        profile,
        new TreeSet<>(profiles.keySet()),
        className,
        className.flatMap(name -> runtimeClass),
        nodes,
        deployment,
        replicaSets,
        pods);
  }
}
