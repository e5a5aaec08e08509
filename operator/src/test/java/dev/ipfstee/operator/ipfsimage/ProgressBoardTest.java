package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressBoardTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final ProgressBoard board = new ProgressBoard();

  @Test
  void theFirstOneIsToldAtOnce() {
    assertThat(board.show(List.of(), NOW)).isEmpty();
    assertThat(board.show(List.of(fetch("a", "one", 1)), NOW.plusMillis(1))).containsExactly("one");

    assertThat(board.of("one")).containsOnlyKeys("a").containsEntry("a", progress(1));
    assertThat(board.of("two")).isEmpty();
  }

  @Test
  void theNextIsToldAfterTenSeconds() {
    board.show(List.of(fetch("a", "one", 1)), NOW);

    assertThat(board.show(List.of(fetch("a", "one", 2)), NOW.plus(INTERVAL).minusMillis(1)))
        .isEmpty();
    assertThat(board.of("one")).containsEntry("a", progress(1));

    assertThat(board.show(List.of(fetch("a", "one", 3)), NOW.plus(INTERVAL)))
        .containsExactly("one");
    assertThat(board.of("one")).containsEntry("a", progress(3));
  }

  @Test
  void onlyWhatHasChangedIsNews() {
    board.show(List.of(fetch("a", "one", 1), fetch("a", "two", 1), fetch("a", "three", 1)), NOW);

    assertThat(
            board.show(
                List.of(fetch("a", "one", 1), fetch("a", "two", 1), fetch("b", "two", 5)),
                NOW.plus(INTERVAL)))
        .containsExactlyInAnyOrder("two", "three");
  }

  @Test
  void timePassesForChangesOnly() {
    board.show(List.of(fetch("a", "one", 1)), NOW);
    board.show(List.of(fetch("a", "one", 1)), NOW.plus(INTERVAL));

    assertThat(board.show(List.of(fetch("a", "one", 2)), NOW.plus(INTERVAL).plusMillis(1)))
        .containsExactly("one");
  }

  @Test
  void ofTwoFetchesOnOneNodeTheFurtherCounts() {
    board.show(List.of(fetch("a", "one", 1), fetch("a", "one", 7), fetch("a", "one", 3)), NOW);

    assertThat(board.of("one")).containsEntry("a", progress(7));
  }

  private static ProgressBoard.Fetch fetch(String node, String source, long bytes) {
    return new ProgressBoard.Fetch(node, source, progress(bytes));
  }

  private static ImageProgress progress(long bytes) {
    return new ImageProgress(bytes, 100L);
  }
}
