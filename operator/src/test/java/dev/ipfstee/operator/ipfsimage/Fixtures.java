package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.credential.SecretName;
import dev.ipfstee.operator.credential.SecretView;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An image and its world, for tests of what is pure. By default it was just made, and no node
 * carries the registry.
 */
final class Fixtures {
  static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  static final String DIGEST = "sha256:" + "a".repeat(64);
  static final String OTHER_DIGEST = "sha256:" + "b".repeat(64);
  static final String REFERENCE = "localhost:5050/ipfs/" + CID + "@" + DIGEST;
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  static final ResolvedImage IMAGE = ResolvedImage.of(success(DIGEST));
  static final long GENERATION = 3;

  /** What differs from the defaults: nothing that a planner looks at. */
  static final String CONFIG =
      """
      fetcher: {image: "localhost/fetcher@sha256:%s"}
      gateways: [{url: "https://one.example"}, {url: "https://two.example"}]
      """
          .formatted("0".repeat(64));

  private final SortedMap<String, RegistryNode> nodes = new TreeMap<>();
  private final Set<String> nodesWithoutRegistry = new TreeSet<>();
  private final SortedMap<String, ImageProgress> progress = new TreeMap<>();
  private final List<Job> jobs = new ArrayList<>();
  private final List<Pod> pods = new ArrayList<>();
  private final Map<SecretName, SecretView> secrets = new HashMap<>();
  private final IpfsImage image = new IpfsImage();
  private OperatorConfig config = ConfigFile.parse(CONFIG);
  private Instant now = NOW;
  private String annotation;
  private String handled;

  /**
   * The UID's hash is a multiple of 2 and 3, so that such a number of nodes begins with the first.
   */
  Fixtures() {
    image.getMetadata().setNamespace("wallets");
    image.getMetadata().setName("agent");
    image.getMetadata().setUid("x");
    image.getMetadata().setGeneration(GENERATION);
    spec("");
  }

  /** The report of a fetch that went well. */
  static FetchResult success(String digest) {
    return new FetchResult(
        Reason.SUCCEEDED,
        "fetched",
        CID,
        "OciLayout",
        digest,
        "application/vnd.oci.image.index.v1+json",
        List.of(new ImagePlatform("linux/amd64", digest, 9, 181_403_648L)),
        List.of());
  }

  Fixtures uid(String uid) {
    image.getMetadata().setUid(uid);
    return this;
  }

  /** What the spec has beside the source. */
  Fixtures spec(String more) {
    return spec("ipfs://" + CID, more);
  }

  Fixtures spec(String uri, String more) {
    image.setSpec(
        Serialization.unmarshal(
                "kind: IpfsImage\napiVersion: ipfstee.dev/v1alpha1\nspec:\n  source: {uri: \"%s\"}\n%s"
                    .formatted(uri, more.indent(2)),
                IpfsImage.class)
            .getSpec());
    return this;
  }

  Fixtures config(String yaml) {
    config = ConfigFile.parse(yaml);
    return this;
  }

  /** Time since the beginning. */
  Fixtures after(Duration passed) {
    now = NOW.plus(passed);
    return this;
  }

  /** Nodes whose registries answer, and hold nothing. */
  Fixtures empty(String... names) {
    for (String name : names) {
      node(name, new NodeInventory.Holding(Set.of()));
    }
    return this;
  }

  /** Nodes whose registries show the image. */
  Fixtures holding(String... names) {
    for (String name : names) {
      showing(name, DIGEST, "linux/amd64");
    }
    return this;
  }

  /** A node whose registry shows one image under the CID. */
  Fixtures showing(String name, String digest, String platform) {
    node(
        name,
        new NodeInventory.Holding(
            Set.of(new NodeInventory.HeldImage(CID, digest, Set.of(platform)))));
    return this;
  }

  /** A node whose registry doesn't answer. */
  Fixtures silent(String name) {
    node(name, new NodeInventory.Unreachable("connection refused"));
    return this;
  }

  /** Nodes of another architecture, whose registries answer, and hold nothing. */
  Fixtures emptyArm64(String... names) {
    for (String name : names) {
      nodes.put(
          name,
          new RegistryNode(
              name, Optional.of("linux/arm64"), Optional.of(new NodeInventory.Holding(Set.of()))));
    }
    return this;
  }

  /** A node whose registry was never asked. */
  Fixtures unasked(String name) {
    node(name, null);
    return this;
  }

  /** A node on which the registry isn't ready. */
  Fixtures withoutRegistry(String name) {
    nodes.remove(name);
    nodesWithoutRegistry.add(name);
    return this;
  }

  Fixtures gone(String name) {
    nodes.remove(name);
    nodesWithoutRegistry.remove(name);
    return this;
  }

  private void node(String name, NodeInventory.View view) {
    nodes.put(name, new RegistryNode(name, Optional.of("linux/amd64"), Optional.ofNullable(view)));
  }

  /** The node's registry shows a fetch of the same content. */
  Fixtures progress(String name, long bytes, Long total) {
    progress.put(name, new ImageProgress(bytes, total));
    return this;
  }

  Fixtures jobs(Job... more) {
    jobs.addAll(List.of(more));
    return this;
  }

  /** What reading a Secret of the gateways has shown. */
  Fixtures secret(String namespace, String name, SecretView view) {
    secrets.put(new SecretName(namespace, name), view);
    return this;
  }

  Fixtures pods(Pod... more) {
    pods.addAll(List.of(more));
    return this;
  }

  Fixtures status(IpfsImageStatus status) {
    image.setStatus(status);
    return this;
  }

  /** An earlier pass has said this of the image, and didn't know what it is. */
  Fixtures reported(Reason reason, String message) {
    return status(status(Optional.empty(), reason, message));
  }

  /** An earlier pass has written down what the image is. */
  Fixtures resolved() {
    return resolved(Reason.FETCH_RUNNING, "1 of 2 nodes hold the image");
  }

  Fixtures resolved(Reason reason, String message) {
    return status(status(Optional.of(IMAGE), reason, message));
  }

  private IpfsImageStatus status(Optional<ResolvedImage> known, Reason reason, String message) {
    List<Condition> conditions =
        new Conditions(List.of(), GENERATION, clock()).summary(reason, message).build();
    return new IpfsImageStatus(
        GENERATION,
        known.map(ResolvedImage::cid).orElse(null),
        known.map(ResolvedImage::layout).orElse(null),
        known.map(ResolvedImage::digest).orElse(null),
        known.map(ResolvedImage::mediaType).orElse(null),
        known.map(resolved -> REFERENCE).orElse(null),
        known.map(ResolvedImage::platforms).orElse(null),
        null,
        null,
        handled,
        conditions);
  }

  /** Somebody has set the annotation that asks for another try; null takes it away. */
  Fixtures requested(String value) {
    annotation = value;
    return this;
  }

  /** Earlier passes, reported after this, have acted upon that request. */
  Fixtures handled(String value) {
    handled = value;
    return this;
  }

  /** The spec was changed since the last report. */
  Fixtures edited() {
    image.getMetadata().setGeneration(image.getMetadata().getGeneration() + 1);
    return this;
  }

  IpfsImage image() {
    return image;
  }

  Clock clock() {
    return Clock.fixed(now, ZoneOffset.UTC);
  }

  IpfsImageInputs inputs() {
    Set<String> known = new TreeSet<>(nodesWithoutRegistry);
    known.addAll(nodes.keySet());
    return new IpfsImageInputs(
        image.getMetadata().getNamespace(),
        image.getMetadata().getName(),
        image.getMetadata().getUid(),
        image.getMetadata().getGeneration(),
        image.getSpec(),
        Optional.ofNullable(annotation),
        image.getStatus() == null ? IpfsImageInputs.NO_STATUS : image.getStatus(),
        List.copyOf(nodes.values()),
        known,
        progress,
        jobs,
        pods,
        secrets,
        config,
        now);
  }
}
