package dev.ipfstee.fetcher.fetch;

import java.util.concurrent.atomic.AtomicLong;

/** How much of an image is stored, told to a listener. Thread-safe. */
final class ProgressCounter {
  private final ProgressListener listener;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong total;

  ProgressCounter(ProgressListener listener, long total) {
    this.listener = listener;
    this.total = new AtomicLong(total);
  }

  void add(long more) {
    long now = bytes.addAndGet(more);
    listener.progress(now, total.get());
  }

  /** Tells of bytes that nobody knew of before. */
  void expect(long more) {
    total.addAndGet(more);
  }
}
