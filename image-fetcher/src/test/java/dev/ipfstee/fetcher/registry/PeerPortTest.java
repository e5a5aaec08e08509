package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.ImageListing;
import dev.ipfstee.fetcher.store.JsonTree;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import dev.ipfstee.fetcher.store.TestImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerPortTest {
  private static final TestImage IMAGE = TestImage.of(1, 5000);

  @TempDir static Path temp;
  private static StoredImage stored;
  private static RunningRegistry registry;

  @BeforeAll
  static void start() {
    Path root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      stored = IMAGE.store(store, IMAGE.amd64());
    }
    registry = new RunningRegistry(root);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @Test
  void servesWhatTheStoreHolds() throws Exception {
    String repository = "/v2/ipfs/" + IMAGE.cid();
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      var response = registry.peerGet(repository + "/blobs/" + blob.digest());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(blob.content());
    }
    assertThat(
            registry.peerGet(repository + "/blobs/" + IMAGE.arm64().config().digest()).statusCode())
        .isEqualTo(404);
  }

  @Test
  void tellsUnderWhichReferencesADigestIsListed() throws Exception {
    var response = registry.peerGet(ImageListing.path(IMAGE.index().digest()));

    assertThat(response.statusCode()).isEqualTo(200);
    // What a peer says is never proof of what a CID leads to.
    assertThat(ImageListing.read(response.body())).containsExactly(stored.withResolved(false));
  }

  @Test
  void listsNothingForAnyOtherDigest() throws Exception {
    assertThat(text(registry.peerGet(ImageListing.path(IMAGE.amd64().manifest().digest()))))
        .contains("\"images\":[]", "\"referrers\":[]");
    assertThat(registry.peerGet("/images/").statusCode()).isEqualTo(400);
    assertThat(registry.peerGet("/images/" + IMAGE.cid()).statusCode()).isEqualTo(400);
  }

  @Test
  void tellsItOnlyAtThePeerPort() throws Exception {
    assertThat(registry.get(ImageListing.path(IMAGE.index().digest())).statusCode()).isEqualTo(404);
    assertThat(registry.peerGet("/inventory").statusCode()).isEqualTo(404);
    assertThat(registry.peerGet("/metrics").statusCode()).isEqualTo(404);
  }

  @Test
  void listingOfSomebodyElseIsReadWithCare() {
    String listing =
        json(Map.of("images", ImageListing.write(List.of(stored), List.of()).get("images")));
    assertThat(read(listing)).hasSize(1);
    String entry = listing.substring(listing.indexOf('[') + 1, listing.lastIndexOf(']'));
    for (String wrong :
        new String[] {
          "",
          "[]",
          "{}",
          "{\"images\":{}}",
          "{\"images\":[1,null,\"x\"]}",
          "{\"images\":[{}]}",
          list(entry.replace("\"size\":" + IMAGE.index().size(), "\"size\":-1")),
          list(entry.replace("\"size\":" + IMAGE.index().size(), "\"size\":4194305")),
          list(entry.replace("linux/amd64", "linux/amd64,x/../y")),
          list(entry.replace("sha256:", "sha256:../")),
          list(entry.replace("image.index.v1", "artifact.v1")),
        }) {
      assertThat(read(wrong)).as(wrong).isEmpty();
    }
    assertThat(read(list((entry + ",").repeat(40) + entry))).hasSize(32);
  }

  @Test
  void whatSomebodyElseListsBesideAnImageIsReadWithCare() {
    ReferrerTag tag = new ReferrerTag(IMAGE.index().digest(), "sig");
    StoredReferrer signature =
        new StoredReferrer(
            IMAGE.amd64().manifest().digest(),
            MediaTypes.OCI_MANIFEST,
            7,
            IMAGE.cid(),
            IMAGE.index().digest(),
            Optional.of(tag),
            Optional.empty());
    String listing = json(ImageListing.write(List.of(), List.of(signature)));
    assertThat(beside(listing)).containsExactly(signature.descriptor().withName(tag.toString()));
    assertThat(beside(listing.replace(tag.toString(), "latest")))
        .containsExactly(signature.descriptor());
    for (String wrong :
        new String[] {
          "",
          "{\"referrers\":{}}",
          "{\"referrers\":[1,null,\"x\",{}]}",
          listing.replace(IMAGE.cid(), "bafkqaaa"),
          listing.replace("\"size\":7", "\"size\":-1"),
          listing.replace("\"size\":7", "\"size\":4194305"),
          listing.replace("\"digest\":\"sha256:", "\"digest\":\"sha256:../"),
          listing.replace("image.manifest.v1", "image.index.v1"),
        }) {
      assertThat(beside(wrong)).as(wrong).isEmpty();
    }
    assertThat(beside(json(ImageListing.write(List.of(), Collections.nCopies(100, signature)))))
        .hasSize(64);
  }

  private static List<Descriptor> beside(String json) {
    return ImageListing.readReferrers(json.getBytes(StandardCharsets.UTF_8), IMAGE.cid());
  }

  private static String json(Object tree) {
    return new String(JsonTree.bytes(tree), StandardCharsets.UTF_8);
  }

  private static String list(String entries) {
    return "{\"images\":[" + entries + "]}";
  }

  private static List<StoredImage> read(String json) {
    return ImageListing.read(json.getBytes(StandardCharsets.UTF_8));
  }
}
