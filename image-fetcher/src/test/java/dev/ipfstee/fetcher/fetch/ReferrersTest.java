package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestCar;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoredReferrer;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signatures, SBOMs and attestations beside an image: kept whole, or left out by name. */
@Timeout(60)
class ReferrersTest {
  private static final String SPDX = "application/spdx+json";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;
  private Part manifest;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
    manifest = image.image("linux/amd64", image.layer(1, 2500));
  }

  @AfterEach
  void takesAnotherImage() {
    bed.assertTakesAnotherImage();
  }

  private static String tag(Part subject, String suffix) {
    return "sha256-" + subject.digest().hex() + suffix;
  }

  private FetchReport succeed(Cid cid) {
    return bed.succeed(Wanted.of(cid));
  }

  private void assertKept(Part... parts) {
    assertThat(bed.referrers())
        .extracting(StoredReferrer::digest)
        .containsExactlyInAnyOrder(
            List.of(parts).stream().map(Part::digest).toArray(Digest[]::new));
    for (Part part : parts) {
      assertThat(bed.blob(part.digest())).hasBinaryContent(part.bytes());
    }
    assertThat(bed.lastRecord().referrers())
        .startsWith(", with " + parts.length + " signature")
        .doesNotContain("left out");
  }

  @Test
  void keepsWhatCosignSavedBesideAnImage() {
    Part signatures = image.signature(2);
    Part attestations = image.signature(3);
    Cid cid =
        image.layout(
            manifest.annotated("kind", "dev.cosignproject.cosign/image"),
            signatures.annotated("kind", "dev.cosignproject.cosign/sigs"),
            attestations.annotated("kind", "dev.cosignproject.cosign/atts"));

    FetchReport report = succeed(cid);

    assertThat(report.digest()).contains(manifest.digest().toString());
    assertKept(signatures, attestations);
    assertThat(bed.referrers())
        .extracting(
            StoredReferrer::cid,
            StoredReferrer::subject,
            referrer -> referrer.tag().map(ReferrerTag::toString).orElse(""))
        .containsExactly(
            tuple(cid.toString(), manifest.digest(), tag(manifest, ".sig")),
            tuple(cid.toString(), manifest.digest(), tag(manifest, ".att")));
  }

  @Test
  void keepsWhatATagNamesAsItsReferrer() {
    Part signature = image.signature(2);
    Part sbom = image.signature(3);
    Part foreign = image.signature(4);

    succeed(
        image.layout(
            signature.annotated(REF_NAME, tag(manifest, ".sig")),
            sbom.annotated(REF_NAME, "registry.example/app:" + tag(manifest, ".sbom")),
            foreign.annotated(REF_NAME, tag(sbom, ".sig").replace('0', '1')),
            manifest));

    assertKept(signature, sbom);
    assertThat(bed.has(foreign)).isFalse();
    assertThat(new String(bed.index(), StandardCharsets.UTF_8))
        .contains(
            "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"annotations\":{\"%s\":\"%s\","
                .formatted(
                    MediaTypes.OCI_MANIFEST,
                    sbom.digest(),
                    sbom.size(),
                    REF_NAME,
                    tag(manifest, ".sbom")));
  }

  @Test
  void keepsWhatHasTheImageForItsSubjectAndWhatRefersToThat() {
    Part sbom = image.artifact(2, SPDX, manifest);
    Part signature = image.artifact(3, "application/vnd.example.signature", sbom);
    Part foreign = image.artifact(4, SPDX, image.image("linux/arm64", image.layer(9, 10)));

    succeed(image.layout(signature, foreign, manifest, sbom));

    assertKept(sbom, signature);
    assertThat(bed.referrers())
        .extracting(StoredReferrer::subject, referrer -> referrer.artifactType().orElse(""))
        .containsExactly(
            tuple(manifest.digest(), SPDX),
            tuple(sbom.digest(), "application/vnd.example.signature"));
    assertThat(bed.has(foreign)).isFalse();
  }

  @Test
  void keepsWhatTheIndexOfReferrersOfADigestNames() {
    Part one = image.artifact(2, SPDX, manifest);
    Part two = image.artifact(3, "application/vnd.example.signature", manifest);
    Part fallback = image.index(one, two);

    succeed(image.layout(manifest, fallback.annotated(REF_NAME, tag(manifest, ""))));

    assertKept(one, two);
    assertThat(bed.has(fallback)).isFalse();
  }

  @Test
  void keepsTheAttestationsOfThePlatformsThatAreFetchedAndAddsThoseOfOthersWithThem() {
    Part amd64 = manifest.forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", image.layer(5, 50)).forPlatform("linux/arm64");
    Part ofAmd64 = image.attestation(6, amd64);
    Part ofArm64 = image.attestation(7, arm64);
    Part index = image.index(amd64, arm64, ofAmd64, ofArm64);
    Part signature = image.signature(8);
    Cid cid = image.layout(index, signature.annotated(REF_NAME, tag(index, ".sig")));

    assertThat(succeed(cid).digest()).contains(index.digest().toString());
    assertKept(ofAmd64, signature);
    assertThat(bed.has(ofArm64)).isFalse();

    bed.succeed(Wanted.of(cid).platforms("linux/arm64"));
    assertThat(bed.referrers())
        .extracting(StoredReferrer::digest)
        .containsExactlyInAnyOrder(signature.digest(), ofAmd64.digest(), ofArm64.digest());
  }

  @Test
  void keepsThemFromEveryLayout() {
    Part signature = image.signature(2);
    String named = tag(manifest, ".sig");
    Part entry = signature.annotated(REF_NAME, named);
    TarBytes tar =
        new TarBytes()
            .file("oci-layout", ImageFixture.MARKER)
            .file(
                "index.json",
                "{\"schemaVersion\":2,\"manifests\":[%s,%s]}"
                    .formatted(manifest.json(), entry.json()));
    image.parts().forEach(part -> tar.file("blobs/sha256/" + part.digest().hex(), part.bytes()));
    Cid archive = bed.dag.file(tar.toBytes(), ImageFixture.WHOLE);
    Cid layout = image.layout(manifest, entry);
    Cid car =
        bed.dag.file(
            TestCar.of(bed.dag, List.of(layout)), new TestDag.Shape(50_000, 6, true, false, false));
    Cid ipdr =
        bed.dag.directory(
            Map.of(
                "manifests",
                bed.dag.directory(Map.of("latest", manifest.cid(), named, signature.cid())),
                "blobs",
                bed.dag.directory(
                    image.parts().stream()
                        .collect(Collectors.toMap(part -> part.digest().toString(), Part::cid)))));

    for (Cid cid : List.of(archive, car, ipdr)) {
      FetchReport report = succeed(cid);
      assertThat(report.digest()).contains(manifest.digest().toString());
      assertThat(bed.referrers())
          .as(report.layout().orElseThrow())
          .anySatisfy(
              referrer -> {
                assertThat(referrer.cid()).isEqualTo(cid.toString());
                assertThat(referrer.digest()).isEqualTo(signature.digest());
                assertThat(referrer.tag()).map(ReferrerTag::toString).contains(named);
              });
    }
  }

  @Test
  void keepsTheAttestationsOfAnImageThatNerdctlPushed() {
    image.linked();
    Part linked = image.image("linux/amd64", image.layer(3, 2500)).forPlatform("linux/amd64");
    Part attestation = image.attestation(4, linked);

    succeed(image.descriptorRoot(image.index(linked, attestation)));

    assertKept(attestation);
  }

  @Test
  void asksNobodyForTheSameOnesTwiceAndOnlyForThoseThatWereDamaged() {
    Part signature = image.artifact(2, SPDX, manifest);
    Cid cid = image.layout(manifest, signature);
    succeed(cid);
    int before = bed.requests().size();

    assertThat(succeed(cid).fetchedBytes()).isZero();
    assertThat(bed.requests()).hasSize(before);
    assertKept(signature);

    bed.corrupt(signature);
    assertThat(succeed(cid).fetchedBytes()).isPositive();
    assertThat(bed.blob(signature.digest())).hasBinaryContent(signature.bytes());
    assertThat(bed.requests().stream().skip(before))
        .noneMatch(request -> request.toString().contains(image.layer(1, 2500).cid().toString()));
    assertKept(signature);
  }

  @Test
  void listsNoLongerWhatWasDamagedAndCannotBeHadAgain() {
    Part signature = image.artifact(2, SPDX, manifest).with("\"artifactType\":\"" + SPDX + "\"");
    Cid cid = image.layout(manifest, signature);
    succeed(cid);
    bed.corrupt(signature);
    bed.dag.remove(signature.cid());

    succeed(cid);

    assertThat(bed.referrers()).isEmpty();
    assertThat(bed.lastRecord().referrers())
        .isEqualTo("; left out 1 of them: " + signature.digest() + " (ContentNotFound)");
    assertThat(succeed(cid).fetchedBytes()).isZero();
  }

  /** What can be wrong with something beside an image. */
  enum Fault {
    NOT_JSON(Reason.MALFORMED_MANIFEST),
    ANOTHER_TYPE_INSIDE(Reason.MALFORMED_MANIFEST),
    OTHER_BYTES(Reason.DIGEST_MISMATCH),
    OTHER_BYTES_OF_A_BLOB(Reason.DIGEST_MISMATCH),
    OTHER_SIZE_OF_A_BLOB(Reason.SIZE_MISMATCH),
    OTHER_SIZE_OF_THE_IMAGES_LAYER(Reason.SIZE_MISMATCH),
    NO_MANIFEST(Reason.BLOB_MISSING),
    NO_BLOB(Reason.BLOB_MISSING),
    NOBODY_HAS_IT(Reason.CONTENT_NOT_FOUND),
    TOO_LARGE_A_MANIFEST(Reason.MANIFEST_TOO_LARGE),
    TOO_LARGE(Reason.IMAGE_TOO_LARGE),
    LARGER_THAN_IS_LEFT(Reason.IMAGE_TOO_LARGE),
    FOREIGN_URLS(Reason.FOREIGN_URLS),
    AN_IMAGE(Reason.MEDIA_TYPE_REJECTED);

    private final Reason reason;

    Fault(Reason reason) {
      this.reason = reason;
    }
  }

  private Part faulty(Fault fault) {
    Part config = image.part("application/vnd.oci.empty.v1+json", "{}");
    Part layer = image.layer(77, 600).typed(SPDX);
    String subject = ",\"subject\":" + manifest.json();
    return switch (fault) {
      case NOT_JSON -> image.part(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2,");
      case ANOTHER_TYPE_INSIDE ->
          image.part(
              MediaTypes.OCI_MANIFEST,
              image.signature(77).text().replaceFirst("image.manifest", "image.index"));
      case OTHER_BYTES -> {
        Part made = image.artifact(77, SPDX, manifest);
        image.instead(made, image.file(new byte[(int) made.size()]));
        yield made;
      }
      case OTHER_BYTES_OF_A_BLOB -> {
        image.instead(layer, image.file(new byte[600]));
        yield image.manifest(config, List.of(layer), subject);
      }
      case OTHER_SIZE_OF_A_BLOB -> image.manifest(config, List.of(layer.sized(601)), subject);
      case OTHER_SIZE_OF_THE_IMAGES_LAYER ->
          image.manifest(config, List.of(image.layer(1, 2500).typed(SPDX).sized(2499)), subject);
      case NO_MANIFEST -> {
        Part made = image.artifact(77, SPDX, manifest);
        image.without(made);
        yield made;
      }
      case NO_BLOB -> {
        image.without(layer);
        yield image.manifest(config, List.of(layer), subject);
      }
      case NOBODY_HAS_IT -> {
        bed.dag.remove(layer.cid());
        yield image.manifest(config, List.of(layer), subject);
      }
      case TOO_LARGE_A_MANIFEST ->
          image.artifact(77, SPDX, manifest).sized(DocumentReader.MAX_BYTES + 1);
      case TOO_LARGE -> image.manifest(config, List.of(layer.sized(Referrer.MAX_BYTES)), subject);
      case LARGER_THAN_IS_LEFT -> image.artifact(77, SPDX, manifest);
      case FOREIGN_URLS ->
          image.manifest(config, List.of(layer.linkedTo("https://evil.example/x")), subject);
      case AN_IMAGE ->
          image.manifest(
              image.config("linux/amd64", 1, ""), List.of(image.layer(77, 600)), subject);
    };
  }

  @ParameterizedTest
  @EnumSource
  void fetchesTheImageWithoutWhatIsWrongBesideItAndNamesThat(Fault fault) {
    Part good = image.artifact(5, SPDX, manifest);
    Part wrong = faulty(fault).with("\"artifactType\":\"" + SPDX + "\"");
    Part named =
        fault == Fault.NOT_JSON || fault == Fault.ANOTHER_TYPE_INSIDE
            ? wrong.annotated(REF_NAME, tag(manifest, ".sig"))
            : wrong;
    Wanted wanted = Wanted.of(image.layout(manifest, good, named));
    if (fault == Fault.LARGER_THAN_IS_LEFT) {
      // The image and the good one fit, and a byte more.
      long needed = image.parts().stream().mapToLong(Part::size).sum() - wrong.size() - 400;
      wanted = wanted.atMost(needed + 1);
    }

    FetchReport report = bed.succeed(wanted);

    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(bed.referrers()).extracting(StoredReferrer::digest).containsExactly(good.digest());
    assertThat(bed.has(wrong)).isFalse();
    assertThat(bed.lastRecord().referrers())
        .isEqualTo(
            ", with 1 signature or other referrer; left out 1 of them: %s (%s)"
                .formatted(wrong.digest(), fault.reason.label()));
    assertThat(bed.lastRecord().warnings())
        .singleElement()
        .asString()
        .startsWith("left out: failed to ")
        .endsWith(" (" + fault.reason.label() + ")");
    assertThat(bed.has(image.layer(1, 2500))).isTrue();
  }

  @Test
  void leavesOutWhatRefersToSomethingThatWasLeftOut() {
    Part layer = image.layer(77, 600).typed(SPDX);
    Part sbom =
        image
            .without(layer)
            .manifest(
                image.part("application/vnd.oci.empty.v1+json", "{}"),
                List.of(layer),
                ",\"subject\":" + manifest.json());
    Part signature = image.artifact(3, SPDX, sbom);

    succeed(image.layout(manifest, sbom, signature));

    assertThat(bed.referrers()).isEmpty();
    assertThat(bed.lastRecord().referrers())
        .contains("left out 2", sbom.digest().toString(), signature.digest().toString());
  }

  @Test
  void keepsNoMoreThanSixtyFour() {
    List<Part> entries = new ArrayList<>(List.of(manifest));
    for (int i = 0; i < 67; i++) {
      entries.add(image.artifact(100 + i, SPDX, manifest));
    }

    succeed(image.layout(entries.toArray(Part[]::new)));

    assertThat(bed.referrers()).hasSize(64);
    assertThat(bed.lastRecord().referrers())
        .contains("with 64 signatures", "left out 3 of them", "(TooManyDescriptors)");
  }

  @Test
  void givesATagToTheFirstOfTwo() {
    Part first = image.signature(2);
    Part second = image.signature(3);

    succeed(
        image.layout(
            manifest,
            first.annotated("kind", "dev.cosignproject.cosign/sigs"),
            second.annotated("kind", "dev.cosignproject.cosign/sigs")));

    assertKept(first, second);
    assertThat(bed.referrers())
        .extracting(referrer -> referrer.tag().isPresent())
        .containsExactly(true, false);
  }

  @Test
  void failsLikeForAnyBlobWhenTheGatewaysAreToBlame() {
    HostileGateway gateway = bed.gateway();
    Part signature = image.artifact(2, SPDX, manifest);
    gateway.corrupt(signature.cid());

    FetchReport report = bed.fetch(Wanted.of(image.layout(manifest, signature)));

    assertThat(report.reason()).isEqualTo(Reason.BLOCK_MISMATCH);
    assertThat(bed.referrers()).isEmpty();
    bed.assertStoreIsClean();
    bed.gateway();
    bed.succeed(Wanted.of(image.layout(manifest, signature)));
    assertKept(signature);
  }
}
