package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BlobDownloadsTest {
  @TempDir private Path directory;

  @Test
  void endsNoRunBeforeAllItsDownloadsHaveEndedThoughItIsCancelledTwice() {
    try (TestBed bed = new TestBed(directory)) {
      ImageFixture image = bed.image();
      Part failing = image.layer(1, 2500);
      Part slow = image.layer(2, 2500);
      Cid cid = image.layout(image.image("linux/amd64", failing, slow));
      AtomicBoolean ended = new AtomicBoolean();
      bed.wrap(content -> new Cancelling(content, failing.cid(), slow.cid(), ended));

      assertThat(bed.fetch(Wanted.of(cid)).reason()).isEqualTo(Reason.CANCELLED);

      // As the command does before it reports.
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ended).isTrue();
      bed.assertStoreIsClean();
    }
  }

  /** One download ends at once, and with it the run is interrupted; another is slow to end. */
  private static final class Cancelling extends ContentBetween {
    private final Cid failing;
    private final Cid slow;
    private final AtomicBoolean ended;
    private final Thread run = Thread.currentThread();
    private final CountDownLatch begun = new CountDownLatch(1);

    Cancelling(IpfsContent content, Cid failing, Cid slow, AtomicBoolean ended) {
      super(content);
      this.failing = failing;
      this.slow = slow;
      this.ended = ended;
    }

    @Override
    public void read(Cid file, long maxBytes, OutputStream sink) {
      if (file.equals(slow)) {
        begun.countDown();
        while (!Thread.currentThread().isInterrupted()) {
          Thread.onSpinWait();
        }
        run.interrupt();
        Thread.interrupted();
        // Such as a disk that takes its time for what was written last.
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() < end) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
        try {
          sink.write(new byte[100]);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        ended.set(true);
        throw new FetchException(Reason.CANCELLED, "failed to go on: the test says so");
      }
      if (file.equals(failing)) {
        try {
          begun.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        throw new FetchException(Reason.CANCELLED, "failed to go on: the test says so");
      }
      super.read(file, maxBytes, sink);
    }
  }
}
