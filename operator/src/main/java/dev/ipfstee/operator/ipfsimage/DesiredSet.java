package dev.ipfstee.operator.ipfsimage;

import static java.util.stream.Collectors.groupingBy;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.reference.ImageName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The images that somebody wants, and which registries have them: what the nodes keep, and whom
 * they ask first. The same inputs give the same set, in the same order. Pure.
 *
 * @param images by CID, then digest; each pair once
 */
record DesiredSet(List<Entry> images) {
  /** Enough for a node to find one that answers, and few enough for thousands of images. */
  static final int MAX_HOLDERS = 16;

  DesiredSet {
    images = List.copyOf(images);
  }

  /**
   * One image.
   *
   * @param cid the image's own, or the root of its reference while it isn't resolved
   * @param digest empty while it isn't resolved
   * @param holders addresses of registries that hold it whole, at most {@link #MAX_HOLDERS}
   */
  record Entry(String cid, Optional<String> digest, List<String> holders) {
    Entry {
      holders = List.copyOf(holders);
    }
  }

  /**
   * A registry that is ready.
   *
   * @param node that it runs on
   * @param ip of its pod
   * @param images that it holds, as far as it was asked
   */
  record Registry(String node, String ip, Set<NodeInventory.HeldImage> images) {
    Registry {
      images = Set.copyOf(images);
    }
  }

  private record Key(String cid, Optional<String> digest) {
    static final Comparator<Key> ORDER =
        Comparator.comparing(Key::cid).thenComparing(key -> key.digest().orElse(""));
  }

  private record Copy(Registry registry, NodeInventory.HeldImage image) {}

  /**
   * Whatever is asked for counts, be it on hold, refused or about to be deleted; only what names no
   * content at all can't be held by anybody.
   */
  static DesiredSet of(Collection<IpfsImage> images, Collection<Registry> registries) {
    Map<Key, Set<String>> wanted = new TreeMap<>(Key.ORDER);
    for (IpfsImage image : images) {
      resolved(image)
          .ifPresentOrElse(
              found ->
                  wanted
                      .computeIfAbsent(
                          new Key(found.cid(), Optional.of(found.digest())), k -> new HashSet<>())
                      .addAll(found.platformNames()),
              () ->
                  root(image)
                      .ifPresent(
                          cid ->
                              wanted.putIfAbsent(new Key(cid, Optional.empty()), new HashSet<>())));
    }
    Map<Key, List<Copy>> copies =
        registries.stream()
            .flatMap(registry -> registry.images().stream().map(held -> new Copy(registry, held)))
            .collect(
                groupingBy(
                    copy -> new Key(copy.image().cid(), Optional.of(copy.image().digest()))));
    List<Entry> entries = new ArrayList<>();
    wanted.forEach(
        (key, platforms) ->
            entries.add(
                new Entry(
                    key.cid(),
                    key.digest(),
                    holders(key.cid(), platforms, copies.getOrDefault(key, List.of())))));
    return new DesiredSet(entries);
  }

  private static Optional<ResolvedImage> resolved(IpfsImage image) {
    return Optional.ofNullable(image.getStatus()).flatMap(ResolvedImage::of);
  }

  private static Optional<String> root(IpfsImage image) {
    return ImageName.parse(image.getSpec().source().uri()) instanceof ImageName.Content content
        ? content.root()
        : Optional.empty();
  }

  /** Of many, those whose turn it is for this image, so that not the same few serve them all. */
  private static List<String> holders(String cid, Set<String> platforms, List<Copy> copies) {
    return copies.stream()
        .filter(copy -> copy.image().platforms().containsAll(platforms))
        .map(Copy::registry)
        .distinct()
        .sorted(
            Comparator.comparingLong((Registry registry) -> rank(registry.node(), cid))
                .thenComparing(Registry::node))
        .limit(MAX_HOLDERS)
        .map(Registry::ip)
        .sorted()
        .toList();
  }

  /** Spreads well and changes for no node when others come and go (rendezvous hashing). */
  private static long rank(String node, String cid) {
    long mixed = (long) node.hashCode() << 32 ^ Objects.hash(node, cid);
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }
}
