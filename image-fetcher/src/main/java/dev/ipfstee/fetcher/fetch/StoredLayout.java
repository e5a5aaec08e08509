package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A layout of one image of a store, to be exported. */
public final class StoredLayout {
  private StoredLayout() {}

  /**
   * Its documents, all of its blobs that are there, and what refers to it.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException as {@link ImageGraph#read}
   */
  public static LayoutFiles files(StoreReader store, StoredImage image) {
    LayoutFiles files = new LayoutFiles();
    List<String> entries = new ArrayList<>(List.of(MadeManifest.json(image.descriptor())));
    Map<Digest, ImageGraph.Node> nodes = ImageGraph.read(store, image).nodes();
    add(files, store, nodes);
    for (StoredReferrer referrer : store.listing().referrers(image.cid(), nodes.keySet())) {
      if (referrer.isComplete(store)) {
        add(files, store, ImageGraph.read(store, referrer.descriptor()).nodes());
        // What the image's own index names is found by that.
        if (!nodes.containsKey(referrer.digest())) {
          entries.add(entry(referrer));
        }
      }
    }
    files.name(entries);
    return files;
  }

  private static void add(
      LayoutFiles files, StoreReader store, Map<Digest, ImageGraph.Node> nodes) {
    nodes.forEach(
        (digest, node) ->
            store
                .blob(digest)
                .filter(unused -> node.stored())
                .ifPresent(file -> files.add(digest, node.size(), LayoutDirectory.source(file))));
  }

  /** As it may be found again: by its tag, or by the subject in its manifest. */
  private static String entry(StoredReferrer referrer) {
    Map<String, Object> more = new LinkedHashMap<>();
    referrer.artifactType().ifPresent(type -> more.put("artifactType", type));
    referrer
        .tag()
        .ifPresent(tag -> more.put("annotations", Map.of(Descriptor.REF_NAME, tag.toString())));
    return MadeManifest.json(referrer.descriptor(), more);
  }
}
