package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TransfersTest {
  private static final long LARGE = 1 << 20;
  private static final Path BLOB = Path.of("a");

  private final Transfers transfers = Transfers.atMost(2);

  private void give(Path blob) {
    assertThat(transfers.begin(blob, LARGE)).isTrue();
  }

  @Test
  void sendsOnlySomeAtATime() {
    give(BLOB);
    give(Path.of("b"));
    assertThat(transfers.mayBegin(Path.of("c"), LARGE, true)).isFalse();

    transfers.end();
    assertThat(transfers.mayBegin(Path.of("c"), LARGE, false)).isTrue();
  }

  @Test
  void givesABlobToAFewUnlessSomebodyInsists() {
    give(BLOB);
    transfers.end();
    give(BLOB);
    transfers.end();

    assertThat(transfers.mayBegin(BLOB, LARGE, false)).isFalse();
    assertThat(transfers.mayBegin(BLOB, LARGE, true)).isTrue();
    assertThat(transfers.mayBegin(Path.of("b"), LARGE, false)).isTrue();
  }

  @Test
  void countsNoSmallBlobs() {
    for (int i = 0; i < 10; i++) {
      assertThat(transfers.mayBegin(BLOB, LARGE - 1, false)).isTrue();
      assertThat(transfers.begin(BLOB, LARGE - 1)).isFalse();
    }
  }
}
