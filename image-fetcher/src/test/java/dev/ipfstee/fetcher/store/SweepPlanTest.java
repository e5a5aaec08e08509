package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.SweepState.Image;
import dev.ipfstee.fetcher.store.SweepState.Protection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SweepPlanTest {
  /** Nothing from here on may go. */
  private static final Instant YOUNGEST = Instant.ofEpochSecond(1_000);

  private final Map<Digest, SweepState.Blob> blobs = new HashMap<>();
  private final List<Image> images = new ArrayList<>();
  private final List<SweepState.Referrer> referrers = new ArrayList<>();
  private final Set<Digest> needed = new HashSet<>();
  private boolean known = true;

  @Test
  void withinTheQuotaEveryImageStays() {
    image("a", 1, "a1");
    image("b", 2, "b1");

    assertThat(going(400)).isEmpty();
    assertThat(plan(400).blobs()).isEmpty();
    assertThat(plan(400).before()).isEqualTo(400);
    assertThat(plan(400).after()).isEqualTo(400);
  }

  @Test
  void thoseUsedLongestAgoGoUntilTheRestIsWithinTheQuota() {
    image("b", 2, "b1");
    image("a", 1, "a1");
    image("c", 3, "c1");

    assertThat(going(599)).containsExactly("a");
    assertThat(going(400)).containsExactly("a");
    assertThat(going(399)).containsExactly("a", "b");
    assertThat(going(0)).containsExactly("a", "b", "c");
    assertThat(plan(399).blobs()).isEqualTo(digests("a", "a1", "b", "b1"));
    assertThat(plan(399).after()).isEqualTo(200);
  }

  @Test
  void whatWasUsedSinceStaysThoughTheQuotaIsNotReached() {
    image("a", 1, "a1");
    image("b", 1_000, "b1");

    assertThat(going(0)).containsExactly("a");
    assertThat(plan(0).after()).isEqualTo(200);
  }

  @Test
  void whatIsKeptOrInUseStaysThoughItIsTheOldest() {
    image("a", 1, Protection.KEPT, "a1");
    image("b", 2, Protection.IN_USE, "b1");
    image("c", 3, "c1");

    assertThat(going(0)).containsExactly("c");
    assertThat(plan(0).blobs()).isEqualTo(digests("c", "c1"));
  }

  @Test
  void blobThatAnotherImageNeedsStaysUntilThatGoesToo() {
    image("a", 1, "shared", "a1");
    image("b", 2, "shared", "b1");

    assertThat(plan(400).blobs()).isEqualTo(digests("a", "a1"));
    assertThat(plan(0).blobs()).isEqualTo(digests("a", "a1", "b", "b1", "shared"));
  }

  @Test
  void blobThatARunReliesOnStaysWithoutAnyImage() {
    image("a", 1, "a1");
    blob("own", 1);
    needed.addAll(digests("a1", "own"));

    assertThat(plan(0).blobs()).isEqualTo(digests("a"));
    assertThat(plan(0).after()).isEqualTo(200);
  }

  @Test
  void whatNothingNeedsGoesFirstAndInAnyCaseUnlessItIsYoung() {
    image("a", 1, "a1");
    blob("old", 999);
    blob("young", 1_000);

    assertThat(plan(1_000).blobs()).isEqualTo(digests("old"));
    assertThat(going(300)).isEmpty();
    assertThat(going(299)).containsExactly("a");
    assertThat(plan(299).after()).isEqualTo(100);
  }

  @Test
  void referrersGoWithTheLastImageOfTheirCid() {
    image("a", 1, "a1");
    image("b", 2, "b1");
    images.replaceAll(
        image ->
            new Image(
                image.digest(),
                Set.of("cid"),
                image.needs(),
                true,
                image.used(),
                image.protection()));
    blob("signature", 1);
    referrers.add(new SweepState.Referrer("cid", digests("signature")));

    assertThat(plan(300).cids()).isEmpty();
    assertThat(plan(300).blobs()).isEqualTo(digests("a", "a1"));
    assertThat(plan(0).cids()).containsExactly("cid");
    assertThat(plan(0).blobs()).isEqualTo(blobs.keySet());
  }

  @Test
  void whatADocumentThatIsMissingMayNameStays() {
    image("a", 1, "a1");
    blob("unowned", 1);
    image("broken", 2, "b1");
    Image broken = images.removeLast();
    images.add(
        new Image(
            broken.digest(), Set.of("b"), broken.needs(), false, broken.used(), Protection.KEPT));

    assertThat(plan(0).blobs()).isEqualTo(digests("a", "a1"));

    images.removeLast();
    known = false;
    assertThat(plan(0).blobs()).isEqualTo(digests("a", "a1"));
  }

  private List<String> going(long quota) {
    return plan(quota).images().stream().map(image -> image.cids().iterator().next()).toList();
  }

  private SweepPlan plan(long quota) {
    return SweepPlan.of(new SweepState(blobs, images, referrers, needed, known), quota, YOUNGEST);
  }

  private void image(String name, long used, String... needs) {
    image(name, used, Protection.NONE, needs);
  }

  /** Its document and its blobs, of 100 bytes each, are as old as it is, or as who needed them. */
  private void image(String name, long used, Protection protection, String... needs) {
    Set<Digest> all = new HashSet<>(digests(needs));
    all.add(digest(name));
    all.forEach(
        blob -> blobs.putIfAbsent(blob, new SweepState.Blob(100, Instant.ofEpochSecond(used))));
    images.add(
        new Image(digest(name), Set.of(name), all, true, Instant.ofEpochSecond(used), protection));
  }

  private void blob(String name, long written) {
    blobs.put(digest(name), new SweepState.Blob(100, Instant.ofEpochSecond(written)));
  }

  private static Set<Digest> digests(String... names) {
    Set<Digest> digests = new HashSet<>();
    for (String name : names) {
      digests.add(digest(name));
    }
    return digests;
  }

  private static Digest digest(String name) {
    return TestImage.Blob.of(name).digest();
  }
}
