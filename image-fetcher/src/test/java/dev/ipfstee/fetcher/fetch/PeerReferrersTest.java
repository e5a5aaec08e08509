package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.registry.RunningRegistry;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes with an image that another node has fetched with all that lies beside it. */
@Timeout(60)
class PeerReferrersTest {
  @TempDir private Path directory;
  private TestBed seed;
  private TestBed bed;
  private Part layer;
  private Part index;
  private Part signature;
  private Part sbom;
  private Part attestation;
  private Cid cid;
  private RunningRegistry registry;

  @BeforeEach
  void seedASignedImage() {
    seed = new TestBed(directory.resolve("seed"));
    bed = new TestBed(directory.resolve("other"), seed.dag);
    ImageFixture image = seed.image();
    layer = image.layer(1, 3000);
    Part manifest = image.image("linux/amd64", layer).forPlatform("linux/amd64");
    attestation = image.attestation(2, manifest);
    index = image.index(manifest, attestation);
    signature = image.signature(3);
    sbom = image.artifact(4, "application/spdx+json", signature);
    String tag = "sha256-" + index.digest().hex() + ".sig";
    cid = image.layout(index, signature.annotated(Descriptor.REF_NAME, tag), sbom);
    seed.succeed(Wanted.of(cid));
    registry = new RunningRegistry(seed.store);
    assertThat(seed.referrers()).hasSize(3);
  }

  @AfterEach
  void stop() {
    registry.close();
    seed.close();
    bed.close();
  }

  private Wanted expected() {
    return Wanted.of(cid).expecting(index.digest());
  }

  @Test
  void whatRefersToAnImageComesFromThePeerWithIt() {
    bed.peers(registry.peerUrl()).withoutGateways().succeed(expected());

    assertThat(bed.referrers()).containsExactlyInAnyOrderElementsOf(seed.referrers());
    for (Part part : new Part[] {signature, sbom, attestation}) {
      assertThat(bed.has(part)).isTrue();
    }
    assertThat(bed.lastRecord().referrers()).isEqualTo(", with 3 signatures or other referrers");
  }

  @Test
  void itIsPassedOnFromThereToo() {
    bed.peers(registry.peerUrl()).withoutGateways().succeed(expected());
    registry.close();
    try (RunningRegistry second = new RunningRegistry(bed.store);
        TestBed third = new TestBed(directory.resolve("third"), seed.dag)) {
      third.peers(second.peerUrl()).withoutGateways().succeed(expected());

      assertThat(third.referrers()).containsExactlyInAnyOrderElementsOf(seed.referrers());
    }
  }

  @Test
  void imageComesWithoutWhatThePeerLacksOfItsSignature() throws IOException {
    Files.delete(seed.blob(signature.digest()));
    bed.peers(registry.peerUrl()).succeed(expected());

    assertThat(bed.referrers()).extracting("digest").containsExactly(attestation.digest());
    assertThat(bed.requests()).as("what nobody was promised").isEmpty();
    assertThat(bed.lastRecord().warnings())
        .anyMatch(
            warning ->
                warning.contains(signature.digest().toString())
                    && warning.contains("no peer has it (ContentNotFound)"));
  }

  @Test
  void whatIsListedStaysOnceWhateverPeersHave() throws IOException {
    bed.succeed(Wanted.of(cid));
    Files.delete(bed.blob(layer.digest()));
    bed.peers(registry.peerUrl()).withoutGateways().succeed(expected());
    assertThat(bed.referrers()).isEqualTo(seed.referrers());

    Files.delete(bed.blob(layer.digest()));
    Files.delete(seed.blob(sbom.digest()));
    bed.succeed(expected());
    assertThat(bed.referrers()).isEqualTo(seed.referrers());
  }

  @Test
  void aLimitThatTheImageKeepsIsNotBrokenByWhatLiesBesideIt() {
    long image = seed.stored().getFirst().bytes();
    bed.peers(registry.peerUrl()).withoutGateways().succeed(expected().atMost(image));

    assertThat(bed.referrers()).isEmpty();
    assertThat(bed.lastRecord().warnings()).anyMatch(warning -> warning.contains("--max-bytes"));
  }

  @Test
  void firstFetchOfACidStillAsksNoPeerWhatItLeadsTo() {
    bed.peers(registry.peerUrl()).withoutGateways();

    bed.refuse(Wanted.of(cid), Reason.CONTENT_NOT_FOUND);
    assertThat(bed.referrers()).isEmpty();
  }
}
