package dev.ipfstee.fetcher.ipfs;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A directory that isn't sharded, with names that were checked. Immutable. */
final class PlainDirectory {
  private final DagNode node;

  /** Where in the block each name is. */
  private final Map<String, Integer> places;

  private PlainDirectory(DagNode node, Map<String, Integer> places) {
    this.node = node;
    this.places = places;
  }

  /**
   * Checks all names; which of two equal names counts would be a matter of taste, so it is refused.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException MalformedDag
   */
  static PlainDirectory check(DagNode node) {
    Map<String, Integer> places = new HashMap<>();
    try {
      for (int i = 0; i < node.linkCount(); i++) {
        String name = node.links().name(i);
        DirectoryNames.check(name);
        if (places.put(name, i) != null) {
          throw new IllegalArgumentException(
              "a directory has two entries named '" + Text.printable(name) + "'");
        }
      }
    } catch (IllegalArgumentException e) {
      throw DagNode.malformed(node.cid(), e.getMessage());
    }
    return new PlainDirectory(node, places);
  }

  Cid cid() {
    return node.cid();
  }

  /** What has this name; empty for nothing. */
  Optional<Cid> find(String name) {
    return Optional.ofNullable(places.get(name)).map(node.links()::cid);
  }
}
