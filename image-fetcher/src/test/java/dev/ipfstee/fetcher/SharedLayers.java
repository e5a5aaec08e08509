package dev.ipfstee.fetcher;

import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Images that share layers, and how they are fetched, for tests that kill what is at work on them.
 */
final class SharedLayers {
  private final TestDag dag = new TestDag();
  private final List<Cid> images = new ArrayList<>();

  /**
   * Makes them, each with half of its layers in common with the one before.
   *
   * @param layers of an image; even
   */
  SharedLayers(int count, int layers) {
    ImageFixture fixture = new ImageFixture(dag);
    List<Part> all = new ArrayList<>();
    for (int i = 0; i < layers / 2 * (count + 1); i++) {
      all.add(fixture.layer(i, 1_000 + 1_500 * (i % 30)));
    }
    for (int i = 0; i < count; i++) {
      int first = i * layers / 2;
      Part[] own = all.subList(first, first + layers).toArray(Part[]::new);
      images.add(fixture.layout(fixture.image("linux/amd64", own)));
    }
  }

  List<Cid> images() {
    return images;
  }

  /** A gateway that has them all; to be closed by the caller. */
  HostileGateway gateway() {
    return new HostileGateway(dag);
  }

  /** The command that fetches one of them. */
  static String[] fetch(Path store, HostileGateway gateway, Cid image) {
    return new String[] {
      "fetch",
      "--store=" + store,
      "--platform=linux/amd64",
      "--min-free=0",
      "--allow-http",
      "--private-host=" + gateway.host(),
      "--gateway=" + gateway.url(),
      "ipfs://" + image
    };
  }
}
