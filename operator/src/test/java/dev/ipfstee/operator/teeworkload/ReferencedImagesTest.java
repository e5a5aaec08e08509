package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.reference.ImageName;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferencedImagesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipfs://" + CID,
        "ipfs://" + CID + "/",
        "IPFS://" + CID,
        "/ipfs/" + CID,
        CID,
        "https://gateway.example/ipfs/" + CID,
        "http://127.0.0.1:8080/ipfs/" + CID + "/",
        "https://" + CID + ".ipfs.dweb.link"
      })
  void everyFormOfAReferenceIsTheSameImage(String reference) {
    assertThat(ImageName.parse(reference))
        .isEqualTo(new ImageName.Content(reference, "ipfs://" + CID));
  }

  @Test
  void aPathIsAnotherImage() {
    assertThat(Fixtures.nameOf("ipfs://" + CID + "/images/app"))
        .isNotEqualTo(Fixtures.nameOf("ipfs://" + CID))
        .isEqualTo(Fixtures.nameOf("https://gateway.example/ipfs/" + CID + "/images/app/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipns://example.org",
        "/ipns/example.org",
        "https://gateway.example/ipns/example.org",
        "https://example-org.ipns.dweb.link/x"
      })
  void ipnsNamesAreKnownToBeMutable(String reference) {
    assertThat(ImageName.parse(reference)).isEqualTo(new ImageName.Mutable(reference));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "ghcr.io/acme/ipfs/app:1", "localhost:5000/ipfs/app@sha256:0"})
  void ordinaryImagesAreLeftAlone(String image) {
    assertThat(ImageName.parse(image)).isEqualTo(new ImageName.Registry(image));
  }

  @Test
  void specImagesWinOverTheTemplateAndInitContainersCount() {
    Fixtures world =
        new Fixtures()
            .spec(
                """
                images: [{container: app, ipfsImage: agent-1}]
                tee: {profile: snp}
                template:
                  spec:
                    initContainers: [{name: setup, image: "ipfs://%s"}]
                    containers: [{name: app}, {name: side, image: "nginx@sha256:%s"}]
                """
                    .formatted(CID, "0".repeat(64)));

    assertThat(ReferencedImages.of(world.workload().getSpec()))
        .extracting(ImageUse::container, use -> use.ipfsImage().orElse("-"), ImageUse::ours)
        .containsExactly(
            tuple("app", "agent-1", false),
            tuple("side", "-", false),
            tuple("setup", Fixtures.nameOf("ipfs://" + CID), true));
  }

  @Test
  void theImageThatIsMadeKeepsTheReferenceAsWritten() {
    String reference = "https://gateway.example/ipfs/" + CID;
    Map<String, IpfsImage> ours =
        ReferencedImages.ours(
            ReferencedImages.of(
                new Fixtures()
                    .spec(
                        """
                        tee: {profile: snp}
                        template: {spec: {containers: [{name: app, image: "%s"}]}}
                        """
                            .formatted(reference))
                    .workload()
                    .getSpec()),
            "wallets");

    IpfsImage image = ours.get(Fixtures.nameOf("ipfs://" + CID));
    assertThat(image.getSpec().source().uri()).isEqualTo(reference);
    assertThat(image.getMetadata().getNamespace()).isEqualTo("wallets");
    assertThat(ReferencedImages.isOurs(image)).isTrue();
    image.getMetadata().setLabels(Map.of());
    assertThat(ReferencedImages.isOurs(image)).isFalse();
  }
}
