package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WritebackTest {
  private final AtomicInteger syncs = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);

  @Test
  void syncsWhatIsThereOfALargeFileBeforeItsEnd() throws Exception {
    Writeback writeback = new Writeback(this::count);

    writeback.wrote(Writeback.EVERY - 1);
    assertThat(syncs).hasValue(0);
    writeback.wrote(1);
    begun.acquire();
    writeback.finish();

    assertThat(syncs).hasValue(2);
  }

  @Test
  void syncsASmallFileOnceOnly() throws Exception {
    Writeback writeback = new Writeback(this::count);

    writeback.wrote(1000);
    writeback.finish();

    assertThat(syncs).hasValue(1);
  }

  @Test
  void doesNotWaitForADiskThatIsSlow() throws Exception {
    CountDownLatch disk = new CountDownLatch(1);
    Writeback writeback =
        new Writeback(
            () -> {
              count();
              await(disk);
            });

    writeback.wrote(Writeback.EVERY);
    begun.acquire();
    writeback.wrote(10 * Writeback.EVERY);
    assertThat(syncs).hasValue(1);
    disk.countDown();
    writeback.finish();

    assertThat(syncs).hasValue(2);
  }

  @Test
  void tellsAtTheEndWhatFailedBefore() throws Exception {
    Writeback writeback =
        new Writeback(
            () -> {
              if (syncs.incrementAndGet() == 1) {
                throw new IOException("Input/output error");
              }
            });

    writeback.wrote(Writeback.EVERY);

    assertThatThrownBy(writeback::finish)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Input");
    assertThat(syncs).hasValue(1);
  }

  private void count() {
    syncs.incrementAndGet();
    begun.release();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
