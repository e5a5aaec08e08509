package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.TestImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Images on IPFS as publishers make them, and as they shouldn't be. Documents are written as text,
 * so that a test can put anything into them.
 */
public final class ImageFixture {
  public static final String GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** Files are one raw block each, so that their CID implies their digest. */
  public static final TestDag.Shape WHOLE = new TestDag.Shape(1 << 20, 5, true, false, false);

  public static final String MARKER = "{\"imageLayoutVersion\":\"1.0.0\"}";

  /**
   * A blob and the descriptor that names it.
   *
   * @param more further fields of the descriptor, each with a comma before it
   */
  public record Part(
      String mediaType, Digest digest, long size, byte[] bytes, Cid cid, String more) {
    /** With another field, such as {@code "artifactType":"x"}. */
    public Part with(String field) {
      return new Part(mediaType, digest, size, bytes, cid, more + "," + field);
    }

    public Part forPlatform(String platform) {
      return with("\"platform\":{" + platformFields(platform) + "}");
    }

    public Part annotated(String key, String value) {
      return with("\"annotations\":{\"%s\":\"%s\"}".formatted(key, value));
    }

    public Part linkedTo(String... urls) {
      return with(
          "\"urls\":["
              + Arrays.stream(urls).map(url -> "\"" + url + "\"").collect(Collectors.joining(","))
              + "]");
    }

    public Part typed(String other) {
      return new Part(other, digest, size, bytes, cid, more);
    }

    /** With a size that isn't true. */
    public Part sized(long other) {
      return new Part(mediaType, digest, other, bytes, cid, more);
    }

    public String json() {
      return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
          .formatted(mediaType, digest, size, more);
    }

    public String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private final TestDag dag;
  private TestDag.Shape shape = TestDag.Shape.KUBO_DEFAULT;
  private int fanout;
  private boolean linked;
  private String marker = MARKER;
  private final Map<Digest, Part> parts = new LinkedHashMap<>();
  private final Map<Digest, Cid> replaced = new HashMap<>();
  private final List<Digest> withheld = new ArrayList<>();

  public ImageFixture(TestDag dag) {
    this.dag = dag;
  }

  /** How its files are cut from now on. */
  public ImageFixture shaped(TestDag.Shape other) {
    shape = other;
    return this;
  }

  /** Its {@code blobs/sha256} is sharded. */
  public ImageFixture sharded(int newFanout) {
    fanout = newFanout;
    return this;
  }

  /** Parts made from now on name their CID in {@code urls}, as nerdctl's do. */
  public ImageFixture linked() {
    linked = true;
    return this;
  }

  public ImageFixture marker(String text) {
    marker = text;
    return this;
  }

  /** Layouts lack this blob. */
  public ImageFixture without(Part part) {
    withheld.add(part.digest());
    return this;
  }

  /** Layouts have something else under the name of this blob. */
  public ImageFixture instead(Part part, Cid other) {
    replaced.put(part.digest(), other);
    return this;
  }

  public Cid file(byte[] bytes) {
    return dag.file(bytes, shape);
  }

  public Cid file(String text) {
    return file(text.getBytes(StandardCharsets.UTF_8));
  }

  public Part part(String mediaType, byte[] bytes) {
    Cid cid = file(bytes);
    Part part = new Part(mediaType, TestImage.sha256(bytes), bytes.length, bytes, cid, "");
    parts.put(part.digest(), part);
    return linked ? part.linkedTo("ipfs://" + cid) : part;
  }

  public Part part(String mediaType, String text) {
    return part(mediaType, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A layer: nobody unpacks it, so its bytes are random. */
  public Part layer(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return part(GZIP_LAYER, bytes);
  }

  /**
   * A config.
   *
   * @param settings the fields of its object {@code config}
   */
  public Part config(String platform, int layers, String settings) {
    String diffIds =
        IntStream.range(0, layers)
            .mapToObj(i -> "\"" + TestImage.sha256(new byte[] {(byte) i}) + "\"")
            .collect(Collectors.joining(","));
    return part(
        MediaTypes.OCI_CONFIG,
        "{%s,\"config\":{%s},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
            .formatted(platformFields(platform), settings, diffIds));
  }

  /**
   * A manifest.
   *
   * @param more further fields, each with a comma before it
   */
  public Part manifest(Part config, List<Part> layers, String more) {
    return part(
        MediaTypes.OCI_MANIFEST,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]%s}"
            .formatted(MediaTypes.OCI_MANIFEST, config.json(), list(layers), more));
  }

  /** A whole image for one platform: the descriptor of its manifest. */
  public Part image(String platform, Part... layers) {
    return manifest(config(platform, layers.length, ""), List.of(layers), "");
  }

  /** A signature as cosign makes it: an image's config, and payloads for layers. */
  public Part signature(int seed) {
    Part payload = layer(seed, 250).typed("application/vnd.dev.cosign.simplesigning.v1+json");
    return manifest(
        part(MediaTypes.OCI_CONFIG, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"),
        List.of(payload),
        "");
  }

  /** An artifact that says itself what it refers to. */
  public Part artifact(int seed, String type, Part subject) {
    Part config = part("application/vnd.oci.empty.v1+json", "{}");
    return manifest(
        config,
        List.of(layer(seed, 400).typed(type)),
        ",\"artifactType\":\"%s\",\"subject\":%s".formatted(type, subject.json()));
  }

  /** An attestation as buildkit puts it into an image's index, beside the manifest it is about. */
  public Part attestation(int seed, Part about) {
    Part statement = layer(seed, 300).typed("application/vnd.in-toto+json");
    return manifest(config("unknown/unknown", 1, ""), List.of(statement), "")
        .forPlatform("unknown/unknown")
        .with(
            ("\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\","
                    + "\"vnd.docker.reference.digest\":\"%s\"}")
                .formatted(about.digest()));
  }

  /** An image for one platform with a layer of its own, in Docker's media types. */
  public Part dockerImage(String platform, int seed) {
    Part layer = layer(seed, 2500).typed("application/vnd.docker.image.rootfs.diff.tar.gzip");
    Part config = config(platform, 1, "").typed(MediaTypes.DOCKER_CONFIG);
    return part(
        MediaTypes.DOCKER_MANIFEST,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(MediaTypes.DOCKER_MANIFEST, config.json(), layer.json()));
  }

  public Part index(Part... manifests) {
    return part(
        MediaTypes.OCI_INDEX,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(MediaTypes.OCI_INDEX, list(List.of(manifests))));
  }

  public Part dockerList(Part... manifests) {
    return part(
        MediaTypes.DOCKER_LIST,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(MediaTypes.DOCKER_LIST, list(List.of(manifests))));
  }

  /** A layout directory with these entries in its index.json. */
  public Cid layout(Part... roots) {
    return layout("{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(list(List.of(roots))));
  }

  /** A layout directory with this index.json. */
  public Cid layout(String indexJson) {
    return dag.directory(
        Map.of(
            "oci-layout",
            file(marker),
            "index.json",
            file(indexJson),
            "blobs",
            dag.directory(Map.of("sha256", blobs()))));
  }

  /** All parts so far. */
  public List<Part> parts() {
    return List.copyOf(parts.values());
  }

  /** The directory of all parts so far. */
  Cid blobs() {
    Map<String, Cid> entries = new HashMap<>();
    for (Part part : parts.values()) {
      if (!withheld.contains(part.digest())) {
        entries.put(part.digest().hex(), replaced.getOrDefault(part.digest(), part.cid()));
      }
    }
    return fanout == 0 ? dag.directory(entries) : dag.hamt(entries, fanout);
  }

  /** A root as {@code nerdctl push ipfs://} makes it. */
  public Cid descriptorRoot(Part root) {
    return file(root.json());
  }

  private static String list(List<Part> parts) {
    return parts.stream().map(Part::json).collect(Collectors.joining(","));
  }

  private static String platformFields(String platform) {
    String[] names = platform.split("/");
    return "\"os\":\"%s\",\"architecture\":\"%s\"%s"
        .formatted(names[0], names[1], names.length > 2 ? ",\"variant\":\"" + names[2] + "\"" : "");
  }
}
