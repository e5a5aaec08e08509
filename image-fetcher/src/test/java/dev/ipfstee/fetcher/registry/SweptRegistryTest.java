package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreSweep;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweptRegistryTest {
  /** Far more than what socket buffers hold. */
  private static final TestImage IMAGE = TestImage.of(1, 24 << 20);

  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();

  @TempDir Path store;

  @Test
  void answerUnderWayGoesOnWhenItsImageIsSweptAndTheNextSaysThatItIsUnknown() throws Exception {
    try (BlobStore open = BlobStore.open(store)) {
      IMAGE.store(open, IMAGE.amd64());
    }
    String repository = "/v2/ipfs/" + IMAGE.cid();
    try (RunningRegistry registry = new RunningRegistry(store)) {
      HttpResponse<InputStream> answer = registry.stream(repository + "/blobs/" + LAYER.digest());
      try (InputStream body = answer.body()) {
        byte[] first = body.readNBytes(1000);

        sweep();

        assertThat(registry.get(repository + "/manifests/" + IMAGE.index().digest()).statusCode())
            .isEqualTo(404);
        assertThat(registry.get(repository + "/blobs/" + LAYER.digest()).statusCode())
            .isEqualTo(404);
        try (InputStream all = new SequenceInputStream(new ByteArrayInputStream(first), body)) {
          assertThat(Digest.of(Digest.Algorithm.SHA256, all.readAllBytes()))
              .isEqualTo(LAYER.digest());
        }
      }
      assertThat(RunningRegistry.text(registry.manage("/inventory")))
          .contains("\"images\":[]")
          .contains("\"damaged\":[]");
      assertThat(registry.log()).doesNotContain("damaged");
    }
  }

  private void sweep() throws IOException {
    TestImage.age(store, Duration.ofHours(1));
    try (BlobStore open = BlobStore.open(store)) {
      StoreSweep.Request all = new StoreSweep.Request(0, Duration.ofMinutes(1), Set.of(), false);
      assertThat(new StoreSweep(open, all).run().after()).isZero();
    }
  }
}
