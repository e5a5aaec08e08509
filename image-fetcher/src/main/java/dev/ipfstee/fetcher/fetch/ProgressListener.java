package dev.ipfstee.fetcher.fetch;

/** Is told how far a fetch is. Called by several threads, often; must be quick. */
public interface ProgressListener {
  /**
   * @param bytes how many bytes of the image are in the store or on their way into it
   * @param total how many it has in all
   */
  void progress(long bytes, long total);
}
