package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The threads of a run, and how much is left for them. Thread-safe. */
final class DownloadTeam {
  private final int size;
  private final Consumer<PartedDownload> helper;
  private final AtomicInteger layers;
  private final AtomicLong bytes;

  /**
   * @param size how many threads there are, ≥1
   * @param layers all that they are to bring
   * @param helper has one more thread help when none has a layer to begin; throws a {@link
   *     RejectedExecutionException} when the run is about to end
   */
  DownloadTeam(int size, List<Descriptor> layers, Consumer<PartedDownload> helper) {
    this.size = size;
    this.helper = helper;
    this.layers = new AtomicInteger(layers.size());
    this.bytes = new AtomicLong(layers.stream().mapToLong(Descriptor::size).sum());
  }

  int size() {
    return size;
  }

  /** Has as many help as can be of use. */
  void help(PartedDownload download) {
    int helpers = Math.min(size, download.parts()) - 1;
    try {
      for (int i = 0; i < helpers; i++) {
        helper.accept(download);
      }
    } catch (RejectedExecutionException over) {
      // The run is about to end, and this thread with it.
    }
  }

  /** Counts it out of what is left. */
  void stored(Descriptor layer) {
    layers.decrementAndGet();
    bytes.addAndGet(-layer.size());
  }

  /**
   * Whether others can help with this layer for a good part of its time: some have nothing to do,
   * or it is so large that they will have brought all else long before it is there.
   */
  boolean canHelpWith(Descriptor layer) {
    return size > 1 && (layers.get() < size || layer.size() > 2 * (bytes.get() / size));
  }
}
