package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a sweep removes; pure. Blobs that nothing needs go in any case, then whole images, the one
 * that was used longest ago first, until the rest is within the quota.
 *
 * @param images in the order in which they go
 * @param cids repositories that have no image afterwards, so that their referrers go too
 * @param blobs the files that go
 * @param before the size in bytes of all blobs
 * @param after their size when the plan is carried out
 */
record SweepPlan(
    List<SweepState.Image> images, Set<String> cids, Set<Digest> blobs, long before, long after) {

  /**
   * Decides.
   *
   * @param quota what the blobs may have together, in bytes
   * @param youngest nothing that was used or written since goes
   */
  static SweepPlan of(SweepState state, long quota, Instant youngest) {
    List<SweepState.Image> candidates =
        state.images().stream()
            .filter(image -> image.protection() == SweepState.Protection.NONE)
            .filter(image -> image.used().isBefore(youngest))
            .sorted(Comparator.comparing(SweepState.Image::used))
            .toList();
    List<SweepState.Image> going = new ArrayList<>();
    SweepPlan plan = removing(state, going, youngest);
    for (SweepState.Image next : candidates) {
      if (plan.after <= quota) {
        break;
      }
      going.add(next);
      plan = removing(state, going, youngest);
    }
    return plan;
  }

  private static SweepPlan removing(
      SweepState state, List<SweepState.Image> going, Instant youngest) {
    List<SweepState.Image> staying =
        state.images().stream().filter(image -> !going.contains(image)).toList();
    Set<String> cids =
        staying.stream().flatMap(image -> image.cids().stream()).collect(Collectors.toSet());
    Set<Digest> needed = new HashSet<>(state.needed());
    staying.forEach(image -> needed.addAll(image.needs()));
    state.referrers().stream()
        .filter(referrer -> cids.contains(referrer.cid()))
        .forEach(referrer -> needed.addAll(referrer.needs()));
    // What a document that is missing names nobody knows: it may be any blob without an owner.
    boolean allKnown = state.known() && staying.stream().allMatch(SweepState.Image::whole);
    Set<Digest> owned = owned(state);
    Set<Digest> blobs =
        state.blobs().entrySet().stream()
            .filter(blob -> !needed.contains(blob.getKey()))
            .filter(blob -> allKnown || owned.contains(blob.getKey()))
            .filter(blob -> blob.getValue().written().isBefore(youngest))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    Set<String> gone =
        going.stream().flatMap(image -> image.cids().stream()).collect(Collectors.toSet());
    gone.removeAll(cids);
    long before = size(state, state.blobs().keySet());
    return new SweepPlan(List.copyOf(going), gone, blobs, before, before - size(state, blobs));
  }

  private static Set<Digest> owned(SweepState state) {
    Set<Digest> owned = new HashSet<>();
    state.images().forEach(image -> owned.addAll(image.needs()));
    state.referrers().forEach(referrer -> owned.addAll(referrer.needs()));
    return owned;
  }

  private static long size(SweepState state, Set<Digest> blobs) {
    return blobs.stream().mapToLong(blob -> state.blobs().get(blob).size()).sum();
  }
}
