package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.registry.RunningRegistry;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which of several images under one CID a name chooses. */
@Timeout(60)
class NamedImagesTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
  }

  private Part amd64(int seed) {
    return image.image("linux/amd64", image.layer(seed, 2500));
  }

  private static Part named(Part part, String name) {
    return part.annotated(Descriptor.REF_NAME, name);
  }

  private void succeed(Wanted wanted, Part expected) {
    assertThat(bed.succeed(wanted).digest()).contains(expected.digest().toString());
  }

  @Test
  void fetchesTheImageOfTheNameAndNothingOfTheOther() {
    Part one = amd64(1);
    Part two = amd64(2);
    Cid layout = image.layout(named(one, "app:v1"), named(two, "app:v2"));

    FetchReport report = bed.succeed(Wanted.of(layout).named("app:v2"));

    assertThat(report.digest()).contains(two.digest().toString());
    assertThat(bed.has(two)).isTrue();
    assertThat(bed.has(one)).isFalse();
  }

  @Test
  void aNameThatIsOnlyThePartOfOneChoosesNothing() {
    Cid layout = image.layout(named(amd64(1), "app:v1"), named(amd64(2), "app:v10"));

    bed.refuse(Wanted.of(layout).named("app"), Reason.REF_NAME_MISSING);
    bed.refuse(Wanted.of(layout).named("V1"), Reason.REF_NAME_MISSING);
  }

  @Test
  void withoutANameSaysWhichThereAre() {
    Part one = amd64(1);
    Part two = amd64(2);
    Cid layout = image.layout(named(one, "app:v1"), named(two, "app:v2"));

    assertThat(bed.refuse(Wanted.of(layout), Reason.LAYOUT_AMBIGUOUS).message())
        .isEqualTo(
            "failed to choose an image: 2 images have the platforms asked for ('app:v1' %s,"
                    .formatted(one.digest())
                + " 'app:v2' %s); name one of them with --ref-name, ask for the platform of one of"
                    .formatted(two.digest())
                + " them, or publish them apart");
  }

  @Test
  void doesNotAskForANameThatWouldNotTellThemApart() {
    Cid alike = image.layout(named(amd64(1), "latest"), named(amd64(2), "latest"));
    Cid nameless = image.layout(amd64(1), amd64(2));

    for (Cid layout : new Cid[] {alike, nameless}) {
      assertThat(bed.refuse(Wanted.of(layout), Reason.LAYOUT_AMBIGUOUS).message())
          .doesNotContain("--ref-name");
    }
  }

  @Test
  void refusesANameThatTwoImagesHave() {
    Cid layout = image.layout(named(amd64(1), "latest"), named(amd64(2), "latest"));

    assertThat(bed.refuse(Wanted.of(layout).named("latest"), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("2 images named 'latest' have the platforms asked for");
  }

  @Test
  void takesOneImageThatIsThereTwiceUnderItsName() {
    Part one = amd64(1);
    Cid layout = image.layout(named(one, "a"), named(one, "a"), named(one, "b"), amd64(2));

    succeed(Wanted.of(layout).named("a"), one);
    succeed(Wanted.of(layout).named("b"), one);
  }

  @Test
  void thePlatformChoosesAmongImagesOfOneName() {
    Part amd64 = amd64(1).forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", image.layer(2, 25)).forPlatform("linux/arm64");
    Cid layout = image.layout(named(amd64, "v1"), named(arm64, "v1"), named(amd64(3), "v2"));

    succeed(Wanted.of(layout).named("v1"), amd64);
    succeed(Wanted.of(layout).named("v1").platforms("linux/arm64"), arm64);
    bed.refuse(
        Wanted.of(layout).named("v1").platforms("linux/amd64", "linux/arm64"),
        Reason.LAYOUT_AMBIGUOUS);
    assertThat(
            bed.refuse(
                    Wanted.of(layout).named("v2").platforms("linux/arm64"), Reason.PLATFORM_MISSING)
                .message())
        .endsWith("the image has linux/amd64");
  }

  @Test
  void saysWhichNamesThereAreInsteadOfAMissingOne() {
    Part signature = image.signature(7);
    Part one = amd64(1);
    Cid layout =
        image.layout(
            named(one, "v1"),
            named(amd64(2), "v2"),
            named(signature, "sha256-" + one.digest().hex() + ".sig"));

    assertThat(bed.refuse(Wanted.of(layout).named("v3"), Reason.REF_NAME_MISSING).message())
        .isEqualTo("failed to find an image named 'v3': there are 'v1', 'v2'");
  }

  @Test
  void aSignatureIsNoImageWhateverItsName() {
    Part one = amd64(1);
    String tag = "sha256-" + one.digest().hex() + ".sig";
    Cid layout = image.layout(named(one, "v1"), named(image.signature(7), tag));

    bed.refuse(Wanted.of(layout).named(tag), Reason.REF_NAME_MISSING);
  }

  @Test
  void showsNamesEscapedAndOnlyAsManyAsFit() {
    Part[] many =
        IntStream.range(0, 40)
            .mapToObj(i -> named(amd64(i), "\\u001b[31m" + i + "x".repeat(3000)))
            .toArray(Part[]::new);
    Cid layout = image.layout(many);

    assertThat(bed.refuse(Wanted.of(layout).named("v1"), Reason.REF_NAME_MISSING).message())
        .contains("\\u001b[31m0xx")
        .endsWith(" and 32 more");
    assertThat(bed.refuse(Wanted.of(layout), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("\\u001b[31m0xx", " and 36 more); name one of them with --ref-name");
  }

  @Test
  void refusesANameWhereTheOnlyImageHasNoneOrAnother() {
    assertThat(
            bed.refuse(Wanted.of(image.layout(amd64(1))).named("latest"), Reason.REF_NAME_MISSING)
                .message())
        .isEqualTo(
            "failed to find an image named 'latest': no image there has a name; leave the name"
                + " out");
    bed.refuse(
        Wanted.of(image.layout(named(amd64(1), "v1"))).named("latest"), Reason.REF_NAME_MISSING);
  }

  @Test
  void refusesANameWhereThereIsNothingToChoose() {
    ImageFixture linked = bed.image().linked();
    Part root = linked.image("linux/amd64", linked.layer(1, 10));

    bed.refuse(Wanted.of(linked.descriptorRoot(root)).named("latest"), Reason.REF_NAME_MISSING);
    bed.refuse(Wanted.of(linked.file(root.bytes())).named("latest"), Reason.REF_NAME_MISSING);
  }

  @Test
  void anEmptyLayoutIsNoImageWithOrWithoutName() {
    bed.refuse(Wanted.of(image.layout()).named("v1"), Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void takesTheFullNameThatDockerAndContainerdSave() {
    Part one = amd64(1);
    Part two = amd64(2);
    Cid layout = image.layout(saved(one, "docker.io/library/a"), saved(two, "docker.io/library/b"));

    succeed(Wanted.of(layout).named("docker.io/library/b:latest"), two);
    bed.refuse(Wanted.of(layout).named("latest"), Reason.LAYOUT_AMBIGUOUS);
    assertThat(bed.refuse(Wanted.of(layout), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("'docker.io/library/a:latest'", "'docker.io/library/b:latest'", "--ref-name");
  }

  private static Part saved(Part part, String repository) {
    return part.with(
        "\"annotations\":{\"io.containerd.image.name\":\"%s:latest\",\"%s\":\"latest\"}"
            .formatted(repository, Descriptor.REF_NAME));
  }

  @Test
  void asksNobodyForTheSameNameTwice() {
    Part one = amd64(1);
    Cid layout = image.layout(named(one, "v1"), named(amd64(2), "v2"));
    bed.succeed(Wanted.of(layout).named("v1"));
    int before = bed.requests().size();

    FetchReport again = bed.succeed(Wanted.of(layout).named("v1"));

    assertThat(bed.requests()).hasSize(before);
    assertThat(again.fetchedBytes()).isZero();
    assertThat(again.digest()).contains(one.digest().toString());
  }

  @Test
  void whatIsStoredForOneNameAnswersNoOtherRequest() {
    Part one = amd64(1);
    Part two = amd64(2);
    Cid layout = image.layout(named(one, "v1"), named(two, "v2"));
    bed.succeed(Wanted.of(layout).named("v1"));

    bed.refuse(Wanted.of(layout), Reason.LAYOUT_AMBIGUOUS);
    bed.refuse(Wanted.of(layout).named("v3"), Reason.REF_NAME_MISSING);
    succeed(Wanted.of(layout).named("v2"), two);

    assertThat(bed.stored())
        .extracting(StoredImage::source, StoredImage::digest)
        .containsExactly(
            tuple("ipfs://" + layout + "#v1", one.digest()),
            tuple("ipfs://" + layout + "#v2", two.digest()));
  }

  @Test
  void aPathIsNeverTakenForAName() {
    Part one = amd64(1);
    Cid layout = image.layout(named(one, "v1"), named(amd64(2), "v2"));
    Cid above = bed.dag.directory(Map.of("a#v1", layout, "a", layout));
    bed.succeed(Wanted.of("ipfs://" + above + "/a").named("v1"));

    bed.refuse(Wanted.of("ipfs://" + above + "/a%23v1"), Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void takesFromPeersWhatTheyFetchedByTheSameName() {
    Part one = amd64(1);
    Cid layout = image.layout(named(one, "v1"), named(amd64(2), "v2"));
    bed.succeed(Wanted.of(layout).named("v1"));
    try (RunningRegistry registry = new RunningRegistry(bed.store);
        TestBed other = new TestBed(directory.resolve("other"), bed.dag)) {
      other.peers(registry.peerUrl()).withoutGateways();

      Wanted expected = Wanted.of(layout).expecting(one.digest());
      assertThat(other.succeed(expected.named("v1")).digest()).contains(one.digest().toString());
      other.refuse(expected.named("v2"), Reason.CONTENT_NOT_FOUND);
    }
  }

  @Test
  void choosesAnImageOfADockerArchiveByNameAndTag() {
    Cid archive = archive();

    FetchReport one = bed.succeed(Wanted.of(archive).named("example.org/app:v1"));
    FetchReport two = bed.succeed(Wanted.of(archive).named("b:latest"));

    assertThat(one.digest()).isNotEqualTo(two.digest());
    assertThat(bed.succeed(Wanted.of(archive).named("app:stable")).digest())
        .isEqualTo(one.digest());
    assertThat(bed.refuse(Wanted.of(archive).named("b"), Reason.REF_NAME_MISSING).message())
        .endsWith("there are 'example.org/app:v1', 'app:stable', 'b:latest'");
    assertThat(bed.refuse(Wanted.of(archive), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("'example.org/app:v1' sha256:", "'b:latest' sha256:", "--ref-name");
  }

  private Cid archive() {
    String layer = "a layer";
    String diffId = TestImage.sha256(layer.getBytes(StandardCharsets.UTF_8)).toString();
    String config =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"User\":\"%s\"},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}";
    String manifest =
        "[{\"Config\":\"one\",\"RepoTags\":[\"example.org/app:v1\"],\"Layers\":[\"layer\"]},"
            + "{\"Config\":\"one\",\"RepoTags\":[\"app:stable\"],\"Layers\":[\"layer\"]},"
            + "{\"Config\":\"two\",\"RepoTags\":[\"b:latest\"],\"Layers\":[\"layer\"]}]";
    byte[] tar =
        new TarBytes()
            .file("layer", layer)
            .file("one", config.formatted("1", diffId))
            .file("two", config.formatted("2", diffId))
            .file("manifest.json", manifest)
            .toBytes();
    return image.file(tar);
  }

  @Test
  void keepsTheSignaturesOfTheChosenImageOnly() {
    Part one = amd64(1);
    Part two = amd64(2);
    Part signature = image.signature(7);
    Part other = image.signature(8);
    Cid layout =
        image.layout(
            named(one, "v1"),
            named(two, "v2"),
            cosignSaved(other, "v1"),
            cosignSaved(signature, "v2"));

    bed.succeed(Wanted.of(layout).named("v2"));

    assertThat(bed.referrers())
        .singleElement()
        .satisfies(
            kept -> {
              assertThat(kept.digest()).isEqualTo(signature.digest());
              assertThat(kept.tag().orElseThrow())
                  .hasToString("sha256-" + two.digest().hex() + ".sig");
            });
  }

  /** As {@code cosign save} writes the signatures of an image of that name. */
  private static Part cosignSaved(Part signature, String name) {
    return signature.with(
        "\"annotations\":{\"kind\":\"dev.cosignproject.cosign/sigs\",\"%s\":\"%s\"}"
            .formatted(Descriptor.REF_NAME, name));
  }
}
