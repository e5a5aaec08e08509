package dev.ipfstee.images;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.Ports;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes one container image as an OCI archive and prints its digest.
 *
 * <p>Arguments: the image's name, the directory where {@code images/build} put its parts, the
 * archive to write, the architecture (as in OCI) and the version. The parts are {@code base.tar}, a
 * docker archive, and {@code layers/N-NAME}, each the root of a tree that becomes one layer, lowest
 * first.
 *
 * <p>Nothing in an image depends on when, where or by whom it was built: every file belongs to root
 * and dates from the first second of 1970, which is also what jib does to the jars that a CDS
 * archive remembers by their dates.
 */
public final class Images {
  private static final FilePermissions EXECUTABLE = FilePermissions.fromOctalString("755");
  private static final FilePermissions PLAIN = FilePermissions.fromOctalString("644");
  private static final Instant FILE_TIME = Instant.ofEpochSecond(1);

  /** What the layers of an image don't say. */
  private record Image(
      String title, List<String> entrypoint, Map<String, String> environment, List<String> ports) {}

  private static final List<String> JAVA = List.of("/opt/java/bin/java", "@/app/java.options");

  // UTF-8 is what file names and messages are in, whatever the node's default is.
  private static final Map<String, String> LOCALE = Map.of("LANG", "C.UTF-8");

  private static final Map<String, Image> IMAGES =
      Map.of(
          "operator",
          new Image("IPFS TEE operator", JAVA, LOCALE, List.of("9000")),
          "image-fetcher",
          new Image("Image fetcher and node registry", JAVA, LOCALE, List.of("5050", "8081")),
          "kubo",
          new Image(
              "Kubo, offline, for tests",
              List.of("/bin/busybox", "sh", "/entrypoint"),
              Map.of("IPFS_PATH", "/data/ipfs", "HOME", "/data", "PATH", "/usr/local/bin:/bin"),
              List.of("5001", "8080")),
          "faulty-gateway",
          new Image(
              "A gateway with a fault, for tests",
              List.of("/faulty-gateway"),
              Map.of(),
              List.of("8080")),
          "private-gateway",
          new Image(
              "A gateway that wants a token, for tests",
              List.of("/private-gateway"),
              Map.of(),
              List.of("8443")));

  private Images() {}

  /** See the class. */
  public static void main(String[] args) throws Exception {
    if (args.length != 5) {
      throw new IllegalArgumentException("NAME PARTS ARCHIVE ARCHITECTURE VERSION");
    }
    String name = args[0];
    Path parts = Path.of(args[1]);
    Path archive = Path.of(args[2]);
    JibContainer written = write(name, parts, archive, args[3], args[4]);
    System.out.println(written.getDigest());
  }

  private static JibContainer write(
      String name, Path parts, Path archive, String architecture, String version) throws Exception {
    Image image = IMAGES.get(name);
    Path cache = parts.resolve("jib-cache");
    String reference = "localhost/ipfs-tee/" + name + ":" + version;
    return from(parts.resolve("base.tar"))
        .setFormat(ImageFormat.OCI)
        .setPlatforms(Set.of(new Platform(architecture, "linux")))
        .setCreationTime(Instant.EPOCH)
        .setUser("65532:65532")
        .setWorkingDirectory(AbsoluteUnixPath.get("/tmp"))
        .setEntrypoint(image.entrypoint())
        .setEnvironment(image.environment())
        .setExposedPorts(Ports.parse(image.ports()))
        .setLabels(labels(image, version))
        .setFileEntriesLayers(layers(parts.resolve("layers")))
        .containerize(
            Containerizer.to(TarImage.at(archive).named(reference))
                .setOfflineMode(true)
                .setBaseImageLayersCache(cache)
                .setApplicationLayersCache(cache));
  }

  private static JibContainerBuilder from(Path base) throws InvalidImageReferenceException {
    return Jib.from(TarImage.at(base).named("base"));
  }

  private static Map<String, String> labels(Image image, String version) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("org.opencontainers.image.title", image.title());
    labels.put("org.opencontainers.image.version", version);
    labels.put("org.opencontainers.image.licenses", "Apache-2.0");
    return labels;
  }

  private static List<FileEntriesLayer> layers(Path directory) throws IOException {
    try (Stream<Path> roots = Files.list(directory)) {
      return roots.sorted().map(Images::layer).toList();
    }
  }

  private static FileEntriesLayer layer(Path root) {
    FileEntriesLayer.Builder layer =
        FileEntriesLayer.builder().setName(root.getFileName().toString());
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> !f.equals(root)).sorted().toList()) {
        AbsoluteUnixPath target = AbsoluteUnixPath.get("/" + root.relativize(file));
        boolean executable = Files.isDirectory(file) || Files.isExecutable(file);
        layer.addEntry(file, target, executable ? EXECUTABLE : PLAIN, FILE_TIME);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return layer.build();
  }
}
