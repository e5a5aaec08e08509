package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A store as any reader of the image-layout specification sees it, without any code of ours. */
record StoreOnDisk(Path root) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Whatever else goes on: only what the specification knows is outside of {@code ingest/}, each
   * blob is what its name says, and each listed image has all that it needs.
   *
   * @return the descriptors that {@code index.json} lists
   */
  List<JsonNode> assertValid() throws IOException {
    assertThat(names(root)).isSubsetOf("blobs", "index.json", "ingest", "oci-layout");
    assertThat(root.resolve("oci-layout")).hasContent("{\"imageLayoutVersion\":\"1.0.0\"}");
    List<JsonNode> listed = images();
    for (String name : names(root.resolve("blobs/sha256"))) {
      Path blob = root.resolve("blobs/sha256").resolve(name);
      assertThat(Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS)).isTrue();
      assertThat(Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(blob)).hex())
          .isEqualTo(name);
    }
    for (JsonNode image : listed) {
      JsonNode manifest = JSON.readTree(Files.readAllBytes(assertStored(image)));
      assertStored(manifest.path("config"));
      manifest.path("layers").forEach(this::assertStored);
    }
    return listed;
  }

  /** The descriptors that {@code index.json} lists. */
  List<JsonNode> images() throws IOException {
    List<JsonNode> images = new ArrayList<>();
    JSON.readTree(Files.readAllBytes(root.resolve("index.json")))
        .path("manifests")
        .forEach(images::add);
    return images;
  }

  /** So much time goes by for all blobs. */
  void age(Duration time) throws IOException {
    for (String name : names(root.resolve("blobs/sha256"))) {
      Path blob = root.resolve("blobs/sha256").resolve(name);
      FileTime modified = Files.getLastModifiedTime(blob);
      Files.setLastModifiedTime(blob, FileTime.from(modified.toInstant().minus(time)));
    }
  }

  /** What is in {@code ingest/} beside the lock: of runs that are under way, or were killed. */
  List<String> leftovers() throws IOException {
    return names(root.resolve("ingest")).stream().filter(name -> !name.equals("lock")).toList();
  }

  /** The directories of the runs that have the store open for writing, or were killed then. */
  Set<String> runs() {
    try (Stream<Path> entries = Files.list(root.resolve("ingest"))) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.startsWith("run-"))
          .collect(Collectors.toCollection(HashSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path assertStored(JsonNode descriptor) {
    Path blob = root.resolve("blobs").resolve(descriptor.path("digest").asText().replace(':', '/'));
    assertThat(blob).isRegularFile();
    assertThat(blob.toFile()).hasSize(descriptor.path("size").asLong());
    return blob;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
