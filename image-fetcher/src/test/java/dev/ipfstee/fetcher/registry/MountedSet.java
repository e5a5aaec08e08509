package dev.ipfstee.fetcher.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** A desired set in a directory, as the kubelet mounts a ConfigMap and exchanges its content. */
final class MountedSet {
  private static final String NAME = "desired.json.gz";

  private final Path directory;
  private int version;

  MountedSet(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  Path file() {
    return directory.resolve(NAME);
  }

  /** A complete set of these images. */
  void show(String... images) throws IOException {
    show(gzip(set(true, images)));
  }

  void show(byte[] content) throws IOException {
    version++;
    Files.write(Files.createDirectory(directory.resolve("..v" + version)).resolve(NAME), content);
    Path data = directory.resolve("..data");
    Path next = Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..v" + version));
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
    if (version == 1) {
      Files.createSymbolicLink(file(), Path.of("..data", NAME));
    } else {
      Path before = directory.resolve("..v" + (version - 1));
      Files.delete(before.resolve(NAME));
      Files.delete(before);
    }
  }

  /** The ConfigMap is gone. */
  void hide() throws IOException {
    Files.delete(directory.resolve("..data"));
    Files.delete(file());
  }

  /** As the operator writes an image. */
  static String image(String cid, String... holders) {
    return "{\"cid\":\"%s\",\"digest\":\"sha256:%s\",\"holders\":[%s]}"
        .formatted(
            cid,
            "0".repeat(64),
            Arrays.stream(holders).map(ip -> '"' + ip + '"').collect(Collectors.joining(",")));
  }

  /** As the operator writes a set. */
  static String set(boolean complete, String... images) {
    return "{\"version\":1,\"complete\":%b,\"images\":[%s]}"
        .formatted(complete, String.join(",", images));
  }

  static byte[] gzip(String json) {
    return gzip(json.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }
}
