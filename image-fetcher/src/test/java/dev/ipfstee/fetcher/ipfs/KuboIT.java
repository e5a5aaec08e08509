package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.CuttingForwarder;
import dev.ipfstee.fetcher.testing.Kubo;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real Kubo: what it writes is read, what it lacks is told. */
class KuboIT {
  private static final int PART = 16_000_000;

  @TempDir private static Path directory;
  private static Kubo kubo;
  private static IpfsContent content;

  @BeforeAll
  static void start() throws Exception {
    kubo = new Kubo(directory);
    content =
        GatewayContent.open(
            GatewayOptions.builder()
                .gateways(List.of(kubo.gateway()))
                .allowHttp(true)
                .privateHosts(Set.of(HostPort.of(kubo.gateway())))
                .notFoundAfter(Duration.ofSeconds(1))
                .build());
  }

  @AfterAll
  static void stop() throws Exception {
    if (content != null) {
      content.close();
    }
    if (kubo != null) {
      kubo.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--cid-version=1",
        "--cid-version=1 --raw-leaves=false",
        "--cid-version=1 --raw-leaves --chunker=size-1048576",
        "--trickle",
        "--trickle --cid-version=1 --raw-leaves",
        "--chunker=size-4096",
        "--chunker=rabin-16384-65536-131072",
        "--cid-version=1 --hash=sha2-512",
        "--inline --cid-version=1",
        "--preserve-mode --preserve-mtime",
      })
  void readsWhatKuboAdds(String options) throws Exception {
    // Zeros in it: repeated blocks.
    byte[] bytes = random(options.contains("4096") ? 2 << 20 : 60 << 20);
    Arrays.fill(bytes, 1 << 20, 2 << 20, (byte) 0);
    Path file = Files.write(Files.createTempFile(directory, "file", ""), bytes);
    String[] arguments = options.isEmpty() ? new String[0] : options.split(" ");
    Cid cid = Cid.parse(kubo.add(file, arguments));
    long before = content.sources().get(0).bytes();

    assertThat(read(cid)).isEqualTo(bytes);
    assertThat(content.resolve(cid, List.of())).isEqualTo(new Entity.File(cid, bytes.length));
    long received = content.sources().get(0).bytes() - before;
    assertThat(received).isLessThan(bytes.length + bytes.length / 20);
    assertThat(content.sources().get(0).errors()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--cid-version=1 --chunker=size-1048576", "--trickle"})
  void readsALargeFileInPartsOfWhichNoneCostsTheWhole(String options) throws Exception {
    byte[] bytes = random(60 << 20);
    Path file = Files.write(Files.createTempFile(directory, "file", ""), bytes);
    String[] arguments = options.isEmpty() ? new String[0] : options.split(" ");
    Cid cid = Cid.parse(kubo.add(file, arguments));
    long before = content.sources().get(0).bytes();
    ByteArrayOutputStream sink = new ByteArrayOutputStream();

    for (int from = 0; from < bytes.length; from += PART) {
      int length = Math.min(PART, bytes.length - from);
      content.read(new FilePart(cid, bytes.length, from, length), sink);
    }

    assertThat(sink.toByteArray()).isEqualTo(bytes);
    assertThat(content.hasParts()).isTrue();
    long received = content.sources().get(0).bytes() - before;
    // A part begins and ends within a block.
    assertThat(received).isLessThan(bytes.length + bytes.length / 20 + 4 * (2L << 20));
    assertThat(content.sources().get(0).errors()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--cid-version=1"})
  void readsPlainAndShardedDirectories(String options) throws Exception {
    Path tree = Files.createTempDirectory(directory, "tree");
    Path blobs = Files.createDirectories(tree.resolve("blobs/sha256"));
    for (int i = 0; i < 3000; i++) {
      // Long names, so that the directory is large enough to be sharded.
      Files.writeString(blobs.resolve(String.format("%0120d", i)), "content " + i);
    }
    Files.writeString(tree.resolve("index.json"), "{}");
    String[] arguments = options.isEmpty() ? new String[0] : options.split(" ");
    Cid root = Cid.parse(kubo.add(tree, arguments));

    assertThat(content.list((Entity.Directory) content.resolve(root, List.of()), 10))
        .extracting(Entity.Named::name)
        .containsExactlyInAnyOrder("blobs", "index.json");
    Entity.Directory shards = (Entity.Directory) content.resolve(root, List.of("blobs", "sha256"));
    assertThat(
            content.list(shards, 3000).stream().map(Entity.Named::name).collect(Collectors.toSet()))
        .hasSize(3000)
        .contains(String.format("%0120d", 2999));
    for (int i : new int[] {0, 17, 1234, 2999}) {
      Entity entry = content.child(shards, String.format("%0120d", i)).orElseThrow();
      assertThat(read(entry.cid())).asString().isEqualTo("content " + i);
    }
    assertThat(content.child(shards, "absent")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--cid-version=1 --chunker=size-1048576", "--trickle"})
  void goesOnWhereTheConnectionBroke(String options) throws Exception {
    byte[] bytes = random(100 << 20);
    Path file = Files.write(Files.createTempFile(directory, "file", ""), bytes);
    String[] arguments = options.isEmpty() ? new String[0] : options.split(" ");
    Cid cid = Cid.parse(kubo.add(file, arguments));

    try (CuttingForwarder cutting = new CuttingForwarder(kubo.gateway(), 15_000_000);
        IpfsContent broken =
            GatewayContent.open(
                GatewayOptions.builder()
                    .gateways(List.of(cutting.url()))
                    .allowHttp(true)
                    .allowPrivateAddresses(true)
                    .build())) {
      ByteArrayOutputStream sink = new ByteArrayOutputStream();
      broken.read(cid, Long.MAX_VALUE, sink);
      assertThat(sink.toByteArray()).isEqualTo(bytes);
      assertThat(cutting.cuts()).isGreaterThanOrEqualTo(6);
      // What was verified is not asked for again; at each break at most one block is lost.
      assertThat(broken.sources().get(0).bytes()).isLessThan(bytes.length + (15L << 20));
      assertThat(broken.sources().get(0).rejected()).isZero();
    }
  }

  @Test
  void tellsWhatKuboHasNot() {
    Cid absent = Cid.parse("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi");

    assertThatThrownBy(() -> read(absent))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CONTENT_NOT_FOUND));
  }

  private static byte[] read(Cid cid) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    content.read(cid, Long.MAX_VALUE, sink);
    return sink.toByteArray();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(11).nextBytes(bytes);
    return bytes;
  }
}
