package dev.ipfstee.e2e.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * An OCI image layout made from the sample's: the same web server with one more layer, so that each
 * story has an image whose blobs no node holds yet.
 */
public final class ImageLayout {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EXTRA_LAYER_BYTES = 1 << 20;

  private final Path directory;

  private ImageLayout(Path directory) {
    this.directory = directory;
  }

  /** The layout that {@code make images} left, as it is published by the demo. */
  public static Path hello() {
    return Script.CHECKOUT.resolve("target/hello-layout");
  }

  /** Writes an image like no other, which no node can have kept from an earlier run either. */
  public static Path neverSeen(Path directory) {
    return helloWithNoise(directory, new SecureRandom().nextLong());
  }

  /**
   * Writes the sample's linux/amd64 image with a layer of 1 MiB of noise on top.
   *
   * @param seed of the noise: another seed is another image
   */
  public static Path helloWithNoise(Path directory, long seed) {
    try {
      return new ImageLayout(directory).write(seed, Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same with {@code /bin/busybox} in that layer, for containers that do something else. */
  public static Path helloWithBusybox(Path directory, long seed) {
    try {
      return new ImageLayout(directory).write(seed, Optional.of(busybox()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The machine's own, which Kubo's image was made with too. */
  private static Path busybox() {
    return Stream.of("/usr/bin/busybox", "/bin/busybox")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no busybox: run make packages"));
  }

  private Path write(long seed, Optional<Path> program) throws IOException {
    copy(hello());
    ObjectNode index = (ObjectNode) JSON.readTree(directory.resolve("index.json").toFile());
    ObjectNode descriptor = (ObjectNode) index.withArray("manifests").get(0);
    ObjectNode document = blob(descriptor);
    if (document.has("manifests")) {
      descriptor = amd64(document);
      document = blob(descriptor);
    }
    addLayer(document, seed, program);
    byte[] manifest = JSON.writeValueAsBytes(document);
    ObjectNode entry = JSON.createObjectNode();
    entry.put("mediaType", document.get("mediaType").asText());
    entry.put("digest", put(manifest));
    entry.put("size", manifest.length);
    entry.set("platform", JSON.createObjectNode().put("architecture", "amd64").put("os", "linux"));
    index.set("manifests", JSON.createArrayNode().add(entry));
    Files.write(directory.resolve("index.json"), JSON.writeValueAsBytes(index));
    return directory;
  }

  private void addLayer(ObjectNode manifest, long seed, Optional<Path> program) throws IOException {
    byte[] layer = layer(seed, program);
    String digest = put(layer);
    ObjectNode config = blob((ObjectNode) manifest.get("config"));
    ((ArrayNode) config.get("rootfs").get("diff_ids")).add(digest);
    if (config.has("history")) {
      ((ArrayNode) config.get("history")).addObject().put("created_by", "noise " + seed);
    }
    byte[] configBytes = JSON.writeValueAsBytes(config);
    ObjectNode configDescriptor = (ObjectNode) manifest.get("config");
    configDescriptor.put("digest", put(configBytes)).put("size", configBytes.length);
    ((ArrayNode) manifest.get("layers"))
        .addObject()
        .put("mediaType", "application/vnd.oci.image.layer.v1.tar")
        .put("digest", digest)
        .put("size", layer.length);
  }

  private static byte[] layer(long seed, Optional<Path> program) throws IOException {
    byte[] noise = new byte[EXTRA_LAYER_BYTES];
    new Random(seed).nextBytes(noise);
    ByteArrayOutputStream tar = new ByteArrayOutputStream(EXTRA_LAYER_BYTES + 10240);
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(tar)) {
      file(out, "noise", noise, 0644);
      if (program.isPresent()) {
        file(out, "bin/busybox", Files.readAllBytes(program.get()), 0755);
      }
    }
    return tar.toByteArray();
  }

  private static void file(TarArchiveOutputStream out, String name, byte[] content, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(mode);
    entry.setModTime(0);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  private static ObjectNode amd64(ObjectNode index) {
    for (var manifest : index.get("manifests")) {
      if ("amd64".equals(manifest.path("platform").path("architecture").asText())) {
        return (ObjectNode) manifest;
      }
    }
    throw new AssertionError("the sample's index has no amd64 image: " + index);
  }

  private ObjectNode blob(ObjectNode descriptor) throws IOException {
    String hex = descriptor.get("digest").asText().substring("sha256:".length());
    return (ObjectNode) JSON.readTree(directory.resolve("blobs/sha256").resolve(hex).toFile());
  }

  private String put(byte[] content) throws IOException {
    String hex = sha256(content);
    Files.write(directory.resolve("blobs/sha256").resolve(hex), content);
    return "sha256:" + hex;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void copy(Path from) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path to = directory.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }
}
