package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredReferrer;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import dev.ipfstee.fetcher.testing.Opened;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node A holds an image with its signature; node B has pulled the image from there. */
@Timeout(120)
class PulledReferrersTest {
  private static final TestImage IMAGE = TestImage.of(1, 30_000);
  private static final TestImage OTHER = TestImage.of(2, 1000);
  private static final String REPOSITORY = "/v2/ipfs/" + IMAGE.cid();
  private static final String REFERRERS = REPOSITORY + "/referrers/" + IMAGE.index().digest();

  @TempDir private Path temp;
  private Path storeA;
  private Path storeB;
  private TestImage.Signature signature;
  private String tagged;
  private RunningRegistry a;
  private FaultyPeer watched;
  private RunningRegistry b;
  @AutoClose private final Opened opened = new Opened();

  @BeforeEach
  void start() throws Exception {
    storeA = temp.resolve("a");
    storeB = temp.resolve("b");
    try (BlobStore store = BlobStore.open(storeA)) {
      signature = IMAGE.storeSigned(store, IMAGE.amd64());
    }
    BlobStore.open(storeB).close();
    tagged = REPOSITORY + "/manifests/" + signature.tag();
    a = opened.add(new RunningRegistry(storeA));
    watched = opened.add(new FaultyPeer(a.peerUrl()));
    b =
        opened.add(
            RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.of(watched.url())));
  }

  private void pull() throws Exception {
    pull(b);
  }

  private static void pull(RunningRegistry node) throws Exception {
    for (TestImage.Blob document : List.of(IMAGE.index(), IMAGE.amd64().manifest())) {
      assertThat(node.get(REPOSITORY + "/manifests/" + document.digest()).statusCode())
          .isEqualTo(200);
    }
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      assertThat(node.get(REPOSITORY + "/blobs/" + blob.digest()).statusCode()).isEqualTo(200);
    }
  }

  /** Lets A list another manifest beside the image, truly or not. */
  private TestImage.Blob list(Digest subject, Optional<ReferrerTag> tag, String layerType) {
    try (BlobStore store = BlobStore.open(storeA)) {
      TestImage.Blob config = TestImage.write(store, "{}");
      TestImage.Blob layer = TestImage.write(store, "{\"of\":\"" + subject + "\"}");
      TestImage.Blob manifest =
          TestImage.write(
              store,
              ("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"artifactType\":\"application/x\","
                      + "\"config\":%s,\"layers\":[%s],\"subject\":{\"mediaType\":\"%s\","
                      + "\"digest\":\"%s\",\"size\":1}}")
                  .formatted(
                      MediaTypes.OCI_MANIFEST,
                      TestImage.descriptor("application/vnd.oci.empty.v1+json", config),
                      TestImage.descriptor(layerType, layer),
                      MediaTypes.OCI_INDEX,
                      subject));
      store.addImage(
          store.images().getFirst(),
          Set.of(),
          List.of(
              new StoredReferrer(
                  manifest.digest(),
                  MediaTypes.OCI_MANIFEST,
                  manifest.size(),
                  IMAGE.cid(),
                  IMAGE.index().digest(),
                  tag,
                  Optional.of("application/x"))));
      return manifest;
    }
  }

  @Test
  void signatureOfAPulledImageComesWhenItIsAskedFor() throws Exception {
    pull();
    assertThat(storeB.resolve("index.json")).content().doesNotContain(signature.tag());

    HttpResponse<byte[]> response = b.get(tagged);

    assertThat(response.body()).isEqualTo(signature.manifest().content());
    assertThat(response.headers().firstValue("Docker-Content-Digest"))
        .hasValue(signature.manifest().digest().toString());
    watched.close();
    a.close();
    assertThat(b.head(tagged).statusCode()).isEqualTo(200);
    assertThat(b.get(REPOSITORY + "/blobs/" + signature.payload().digest()).body())
        .isEqualTo(signature.payload().content());
    assertThat(text(b.get(REPOSITORY + "/tags/list"))).contains("[\"" + signature.tag() + "\"]");
    assertThat(text(b.manage("/inventory"))).contains(IMAGE.index().digest().toString());
  }

  @Test
  void referrersOfAPulledImageComeWhenTheyAreAskedFor() throws Exception {
    TestImage.Blob sbom = list(IMAGE.index().digest(), Optional.empty(), "application/x");
    pull();

    assertThat(text(b.get(REFERRERS))).contains(sbom.digest().toString());
    a.close();
    assertThat(text(b.get(REFERRERS + "?artifactType=application/x")))
        .contains(sbom.digest().toString());
    assertThat(b.get(REPOSITORY + "/manifests/" + sbom.digest()).body()).isEqualTo(sbom.content());
  }

  @Test
  void whatWasPulledIsPassedOn() throws Exception {
    pull();
    b.get(tagged);
    Path storeC = temp.resolve("c");
    BlobStore.open(storeC).close();
    RunningRegistry c =
        opened.add(RunningRegistry.pulling(storeC, new MinFree(0, 0), () -> List.of(b.peerUrl())));
    watched.close();
    a.close();
    pull(c);

    assertThat(c.get(tagged).body()).isEqualTo(signature.manifest().content());
  }

  @Test
  void keepsNothingThatRefersToSomethingElse() throws Exception {
    TestImage.Blob lie = list(OTHER.index().digest(), Optional.empty(), "application/x");
    TestImage.Blob mistagged =
        list(
            OTHER.amd64().manifest().digest(),
            Optional.of(new ReferrerTag(OTHER.index().digest(), "sig")),
            "application/x");
    pull();

    assertThat(text(b.get(REFERRERS))).contains("\"manifests\":[]");
    assertThat(b.get(tagged).statusCode()).isEqualTo(200);
    assertThat(storeB.resolve("index.json"))
        .content()
        .contains(signature.manifest().digest().toString())
        .doesNotContain(lie.digest().toString(), mistagged.digest().toString());
    for (TestImage.Blob blob : List.of(lie, mistagged)) {
      assertThat(storeB.resolve("blobs/sha256").resolve(blob.digest().hex())).doesNotExist();
    }
  }

  @Test
  void brokenSignatureIsNoneAndTakesNothingAway() throws Exception {
    Files.delete(storeA.resolve("blobs/sha256").resolve(signature.payload().digest().hex()));
    pull();

    assertThat(b.get(tagged).statusCode()).isEqualTo(404);
    pull();
    assertThat(storeB.resolve("index.json"))
        .content()
        .contains(IMAGE.cid())
        .doesNotContain(signature.tag());
  }

  @Test
  void wrongBytesOfASignatureAreNotKept() throws Exception {
    pull();
    watched.lie();

    assertThat(b.get(tagged).statusCode()).isEqualTo(404);
    assertThat(storeB.resolve("blobs/sha256").resolve(signature.manifest().digest().hex()))
        .doesNotExist();
  }

  @Test
  void peersAreNotAskedOverAndOverForWhatThereIsNot() throws Exception {
    pull();
    String sbom = REPOSITORY + "/manifests/" + signature.tag().replace(".sig", ".sbom");
    assertThat(b.get(sbom).statusCode()).isEqualTo(404);
    int asked = watched.requests().size();

    assertThat(b.get(sbom).statusCode()).isEqualTo(404);
    assertThat(text(b.get(REFERRERS))).contains("\"manifests\":[]");
    assertThat(watched.requests()).hasSize(asked);
  }

  @Test
  void nodeThatHasWalkedTheCidAsksNobody() throws Exception {
    try (BlobStore store = BlobStore.open(storeB)) {
      IMAGE.store(store, IMAGE.amd64());
    }

    assertThat(b.get(tagged).statusCode()).isEqualTo(404);
    assertThat(text(b.get(REFERRERS))).contains("\"manifests\":[]");
    assertThat(watched.requests()).isEmpty();
  }

  @Test
  void peersAreAskedForNoSignatureOfWhatIsNoPartOfAPulledImage() throws Exception {
    pull();
    int asked = watched.requests().size();

    ReferrerTag other = new ReferrerTag(OTHER.index().digest(), "sig");
    assertThat(b.get(REPOSITORY + "/manifests/" + other).statusCode()).isEqualTo(404);
    b.get(REPOSITORY + "/referrers/" + OTHER.index().digest());
    b.get(REPOSITORY + "/manifests/latest");
    assertThat(watched.requests()).hasSize(asked);
  }
}
