package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.store.BlobStore;
import java.util.concurrent.atomic.AtomicLong;

/** How much of an image is stored, told to the store's readers and to a listener. Thread-safe. */
final class ProgressCounter {
  private final BlobStore store;
  private final String source;
  private final ProgressListener listener;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong total;

  ProgressCounter(BlobStore store, String source, ProgressListener listener, long total) {
    this.store = store;
    this.source = source;
    this.listener = listener;
    this.total = new AtomicLong(total);
  }

  void add(long more) {
    long now = bytes.addAndGet(more);
    store.progress(source, now, total.get());
    listener.progress(now, total.get());
  }

  /** Tells of bytes that nobody knew of before. */
  void expect(long more) {
    total.addAndGet(more);
  }
}
