package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which images the nodes hold, complete and verified: the only truth about it. */
public interface NodeInventory {

  /** What is known about a node; empty as long as its registry was never asked in vain or not. */
  Optional<View> of(String node);

  /**
   * How far the fetches of some content are, by node. It may be seconds old.
   *
   * @param source canonical, {@code ipfs://CID[/path]}
   */
  Map<String, ImageProgress> progress(String source);

  /** What a node's registry has said, or that it says nothing. */
  sealed interface View {}

  /** The registry's last word. */
  record Holding(Set<HeldImage> images) implements View {
    public Holding {
      images = Set.copyOf(images);
    }

    /** Whether the image is there with at least these platforms. */
    boolean holds(String cid, String digest, Set<String> platforms) {
      return images.stream()
          .anyMatch(
              image ->
                  image.cid().equals(cid)
                      && image.digest().equals(digest)
                      && image.platforms().containsAll(platforms));
    }
  }

  /**
   * The registry hasn't answered for several polls.
   *
   * @param cause one sentence about the last of them
   */
  record Unreachable(String cause) implements View {}

  /** One image of which every blob of these platforms is there. */
  record HeldImage(String cid, String digest, Set<String> platforms) {
    public HeldImage {
      platforms = Set.copyOf(platforms);
    }
  }
}
