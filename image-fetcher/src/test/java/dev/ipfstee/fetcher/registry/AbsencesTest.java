package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.StoredImage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AbsencesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final StoredImage A = image("a", "content-a");
  private static final StoredImage B = image("b", "content-b");

  /** The clock may begin anywhere. */
  private long now = Long.MAX_VALUE - Duration.ofMinutes(20).toNanos();

  private Absences absences = Absences.UNKNOWN;

  private static StoredImage image(String cid, String content) {
    Digest digest = Digest.of(Digest.Algorithm.SHA256, content.getBytes(StandardCharsets.UTF_8));
    return new StoredImage(
        digest, MediaTypes.OCI_INDEX, 1, cid, "ipfs://" + cid, "OciLayout", List.of(), 1);
  }

  /** Looks each minute, and once at the end. */
  private void look(Duration time, List<StoredImage> stored, Set<StoredImage> wanted) {
    for (long minute = 0; minute < time.toMinutes(); minute++) {
      look(stored, wanted);
      now += Duration.ofMinutes(1).toNanos();
    }
    look(stored, wanted);
  }

  private void look(List<StoredImage> stored, Set<StoredImage> wanted) {
    absences = absences.look(now, stored, wanted::contains);
  }

  @Test
  void whatNobodyWantsLastsSinceItWasFirstSeen() {
    look(HOUR.minusMinutes(1), List.of(A, B), Set.of(B));
    assertThat(absences.lasting(HOUR)).isEmpty();

    look(Duration.ofMinutes(1), List.of(A, B), Set.of(B));
    assertThat(absences.lasting(HOUR)).containsExactly(A.digest());
  }

  @Test
  void whatIsWantedInBetweenBeginsAnew() {
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    look(List.of(A), Set.of(A));
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    assertThat(absences.lasting(HOUR)).isEmpty();
  }

  @Test
  void whatLeftTheStoreInBetweenBeginsAnew() {
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    look(List.of(), Set.of());
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    assertThat(absences.lasting(HOUR)).isEmpty();
  }

  @Test
  void timeInWhichNobodyLookedDoesntCount() {
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    now += Duration.ofMinutes(3).toNanos();
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    assertThat(absences.lasting(HOUR)).isEmpty();

    look(Duration.ofMinutes(1), List.of(A), Set.of());
    assertThat(absences.lasting(HOUR)).containsExactly(A.digest());
  }

  @Test
  void timeInWhichNobodyKnewWhatIsWantedDoesntCount() {
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    absences = Absences.UNKNOWN;
    look(HOUR.minusMinutes(1), List.of(A), Set.of());
    assertThat(absences.lasting(HOUR)).isEmpty();
  }

  @Test
  void contentThatIsWantedByAnotherNameIsWanted() {
    StoredImage sameAsA = image("c", "content-a");
    look(HOUR, List.of(A, sameAsA), Set.of(sameAsA));
    assertThat(absences.lasting(HOUR)).isEmpty();
  }

  @Test
  void onlyWhatTheStoreHasIsRemembered() {
    look(HOUR, List.of(A, B), Set.of());
    look(List.of(B), Set.of());
    assertThat(absences.since()).containsOnlyKeys(B.digest());
  }
}
