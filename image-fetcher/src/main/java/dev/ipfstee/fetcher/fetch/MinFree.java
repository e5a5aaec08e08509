package dev.ipfstee.fetcher.fetch;

/**
 * What a fetch leaves free on the store's volume.
 *
 * @param fraction of the volume, 0 to 1
 * @param bytes in addition
 */
public record MinFree(double fraction, long bytes) {
  public MinFree {
    if (!(fraction >= 0 && fraction < 1) || bytes < 0) {
      throw new IllegalArgumentException("a share of 0 to 1 and bytes ≥ 0 are expected");
    }
  }

  // Java puts a record's own together at run time, and picocli asks for it at each start.
  @Override
  public String toString() {
    return 100 * fraction + "% and " + bytes + " bytes";
  }

  /** The number of bytes on a volume of this size. */
  long of(long volume) {
    return Sizes.sum((long) (volume * fraction), bytes);
  }
}
