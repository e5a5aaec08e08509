package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.fetch.TarBytes;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names that a publisher chose are shown escaped, wherever they are shown, and are no paths: not in
 * a directory, an archive or a document (CVE-2020-26279, CVE-2020-26283).
 */
@Timeout(60)
class HostileNamesTest {
  /** Clears a screen, turns the direction of writing, and begins a line of its own; for JSON. */
  private static final String REPAINT = "\\u001b[2J\\u202e\\nerror: ";

  private static final String OUT = "../../../out";

  @TempDir private Path directory;
  private CommandBed bed;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  static Stream<Arguments> images() {
    return Stream.of(
        image("a platform", bed -> bed.image.layout(image(bed).with(platform(REPAINT)))),
        image("a media type", bed -> layered(bed, bed.image.layer(1, 9).typed("a/" + REPAINT))),
        image("a url", bed -> layered(bed, bed.image.layer(1, 9).linkedTo("https://" + REPAINT))),
        image("a volume", bed -> configured(bed, "\"Volumes\":{\"/" + REPAINT + "/..\":{}}")),
        image(
            "a label",
            bed -> configured(bed, "\"Labels\":{\"containerd.io/" + REPAINT + "\":\"\"}")),
        image(
            "a key", bed -> bed.image.layout("{\"manifests\":[],\"MANIFESTS" + REPAINT + "\":1}")),
        image(
            "an entry", bed -> bed.dag.directory(Map.of("x\u001b[2J\u202e\n", bed.image.file("")))),
        image("an entry that leads out", bed -> bed.dag.directory(Map.of(OUT, bed.image.file("")))),
        image("a digest that leads out", bed -> bed.image.layout(outside(bed))),
        image("a member", bed -> archive(bed, REPAINT, "x")),
        image("a member that leads out", bed -> archive(bed, OUT, OUT)));
  }

  private static Arguments image(String what, Function<CommandBed, Cid> made) {
    return Arguments.of(what, made);
  }

  private static Part image(CommandBed bed) {
    return bed.image.image("linux/s390x", bed.image.layer(1, 9));
  }

  private static String platform(String os) {
    return "\"platform\":{\"os\":\"" + os + "\",\"architecture\":\"amd64\"}";
  }

  private static Cid layered(CommandBed bed, Part layer) {
    return bed.image.layout(bed.image.image("linux/amd64", layer));
  }

  private static Cid configured(CommandBed bed, String settings) {
    Part config = bed.image.config("linux/amd64", 1, settings);
    return bed.image.layout(bed.image.manifest(config, List.of(bed.image.layer(1, 9)), ""));
  }

  private static String outside(CommandBed bed) {
    Part manifest = image(bed);
    String json = manifest.json().replace(manifest.digest().toString(), "sha256:" + OUT);
    return "{\"schemaVersion\":2,\"manifests\":[" + json + "]}";
  }

  private static Cid archive(CommandBed bed, String config, String member) {
    byte[] tar =
        new TarBytes()
            .file(member, "out")
            .file("manifest.json", "[{\"Config\":\"" + config + "\",\"Layers\":[\"" + OUT + "\"]}]")
            .toBytes();
    return bed.image.file(tar);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("images")
  void areShownEscapedAndLeadNowhere(String what, Function<CommandBed, Cid> made)
      throws IOException {
    HostileGateway gateway = bed.gateway();
    Cid cid = made.apply(bed);
    for (String output : List.of("--output=text", "--output=json")) {
      CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, output, "ipfs://" + cid));

      assertThat(run.exitCode()).as(run.err()).isBetween(13, 16);
      String shown = run.out() + run.err() + Files.readString(bed.report);
      assertThat(shown.replace("\n", "")).isEqualTo(Printable.escape(shown.replace("\n", "")));
      assertThat(shown.lines().filter(line -> line.startsWith("error: "))).hasSizeLessThan(2);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertThat(files.filter(Files::isRegularFile).map(directory::relativize).map(Path::toString))
          .isSubsetOf("report.json", "store/oci-layout", "store/index.json", "store/ingest/lock");
    }
  }
}
