package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.Programs.run;
import static dev.ipfstee.fetcher.registry.Programs.tool;
import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The containerd of a node whose store is empty, while another node has the image. */
class PullThroughIT {
  private static final TestImage IMAGE = TestImage.of(1, 5 << 20);

  @TempDir private Path temp;

  @ParameterizedTest
  @EnumSource
  void containerdGetsAnImageThatOnlyAnotherNodeHas(Containerd.Version version) throws Exception {
    Path storeA = temp.resolve("a");
    Path storeB = temp.resolve("b");
    try (BlobStore store = BlobStore.open(storeA)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    BlobStore.open(storeB).close();
    try (RunningRegistry a = new RunningRegistry(storeA);
        RunningRegistry b =
            RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.of(a.peerUrl()));
        Containerd containerd = Containerd.start(version, temp.resolve("containerd"))) {
      containerd.fetch(b.hostAndPort() + "/ipfs/" + IMAGE.cid() + "@" + IMAGE.index().digest());

      String content = containerd.ctr("content", "ls", "-q");
      for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
        assertThat(content).contains(blob.digest().toString());
        assertThat(storeB.resolve("blobs/sha256").resolve(blob.digest().hex()))
            .hasBinaryContent(blob.content());
      }
      assertThat(text(b.manage("/inventory"))).contains(IMAGE.index().digest().toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void containerdTellsWhyANodeCannotTakeABlob(Containerd.Version version) throws Exception {
    Path storeA = temp.resolve("a");
    Path storeB = temp.resolve("b");
    try (BlobStore store = BlobStore.open(storeA)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    BlobStore.open(storeB).close();
    String image = "/ipfs/" + IMAGE.cid();
    try (RunningRegistry a = new RunningRegistry(storeA)) {
      try (RunningRegistry b =
          RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.of(a.peerUrl()))) {
        for (TestImage.Blob document : List.of(IMAGE.index(), IMAGE.amd64().manifest())) {
          assertThat(b.get("/v2" + image + "/manifests/" + document.digest()).statusCode())
              .isEqualTo(200);
        }
      }
      MinFree everything = new MinFree(0, Long.MAX_VALUE / 4);
      try (RunningRegistry full =
              RunningRegistry.pulling(storeB, everything, () -> List.of(a.peerUrl()));
          Containerd containerd = Containerd.start(version, temp.resolve("containerd"))) {
        String reference = full.hostAndPort() + image + "@" + IMAGE.index().digest();

        assertThatThrownBy(() -> containerd.fetch(reference))
            .hasMessageContaining("make room on the store's volume or lower --min-free");
      }
    }
  }

  @Test
  void skopeoGetsTheSignatureOfAPulledImageThatOnlyAnotherNodeHas() throws Exception {
    Path storeA = temp.resolve("a");
    Path storeB = temp.resolve("b");
    TestImage.Signature signature;
    try (BlobStore store = BlobStore.open(storeA)) {
      signature = IMAGE.storeSigned(store, IMAGE.amd64());
    }
    BlobStore.open(storeB).close();
    try (RunningRegistry a = new RunningRegistry(storeA);
        RunningRegistry b =
            RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.of(a.peerUrl()))) {
      String repository = "docker://" + b.hostAndPort() + "/ipfs/" + IMAGE.cid();
      copy(repository + "@" + IMAGE.index().digest(), temp.resolve("image"));
      copy(repository + ":" + signature.tag(), temp.resolve("signature"));

      assertThat(temp.resolve("signature/manifest.json"))
          .hasBinaryContent(signature.manifest().content());
      assertThat(temp.resolve("signature").resolve(signature.payload().digest().hex()))
          .hasBinaryContent(signature.payload().content());
      assertThat(
              run(tool("crane"), "ls", "--insecure", b.hostAndPort() + "/ipfs/" + IMAGE.cid())
                  .strip())
          .isEqualTo(signature.tag());
    }
  }

  private static void copy(String from, Path to) throws Exception {
    run(
        "skopeo",
        "copy",
        "--override-os=linux",
        "--override-arch=amd64",
        "--src-tls-verify=false",
        from,
        "dir:" + to);
  }
}
