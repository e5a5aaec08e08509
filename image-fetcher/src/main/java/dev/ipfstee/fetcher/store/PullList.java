package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The images of which a part was pulled from peers. It is kept in {@code ingest/}, because the
 * layout's own index lists whole images only. The caller holds the store's lock.
 *
 * @param session has room for new files
 */
record PullList(StoreReader store, IngestSession session) {
  /** More than a node pulls in a day; the list stays below 1 MiB. */
  private static final int MAX_IMAGES = 256;

  void add(StoredImage image) throws IOException {
    List<StoredImage> images = others(image);
    images.add(image.withResolved(false));
    write(images.subList(Math.max(0, images.size() - MAX_IMAGES), images.size()));
  }

  void remove(StoredImage image) throws IOException {
    List<StoredImage> others = others(image);
    if (others.size() < store.pulls().size()) {
      write(others);
    }
  }

  private List<StoredImage> others(StoredImage image) {
    List<StoredImage> others = new ArrayList<>(store.pulls());
    others.removeIf(
        other -> other.digest().equals(image.digest()) && other.cid().equals(image.cid()));
    return others;
  }

  private void write(List<StoredImage> images) throws IOException {
    StoreIndex list = StoreIndex.empty();
    images.forEach(list::put);
    DurableFiles.replace(session.newFile("pulls"), store.layout().pulls(), list.toBytes());
  }
}
