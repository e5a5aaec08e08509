package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.StoredLayout;
import dev.ipfstee.fetcher.ipfs.ContentReference;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code image-fetcher export}: writes a stored image as a CAR, and prints its CID. */
@Command(
    name = "export",
    description =
        "Write an image of a store as a CAR, and print its CID: that of a layout directory of this"
            + " one image.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "REFERENCE", description = "What the image was fetched by.")
  private String reference;

  @Option(
      names = "--ref-name",
      paramLabel = "NAME",
      description = "The name by which it was chosen, if it was.")
  private String refName;

  @Option(names = "--store", required = true, paramLabel = "DIR", description = "The store.")
  private Path directory;

  @Option(
      names = {"-o", "--to-file"},
      required = true,
      paramLabel = "FILE",
      description = "The CAR; replaced if it is there.")
  private Path target;

  /** For picocli. */
  public ExportCommand() {}

  @Override
  public Integer call() {
    StoreReader store = StoreReader.of(directory);
    String source =
        FetchRequest.source(ContentReference.parse(reference), ImageFlags.refName(refName));
    List<StoredImage> images =
        store.images().stream().filter(image -> image.source().equals(source)).toList();
    if (images.isEmpty()) {
      throw new FetchException(
          Reason.CONTENT_NOT_FOUND, "failed to find '" + source + "' in the store: fetch it first");
    }
    if (images.stream().map(StoredImage::digest).distinct().count() > 1) {
      throw new FetchException(
          Reason.LAYOUT_AMBIGUOUS,
          "failed to export '"
              + source
              + "': the store has several images that were fetched by it");
    }
    StoredImage image = images.get(0);
    try (ProgressDisplay progress = new ProgressDisplay("exporting", source)) {
      System.out.println(
          "ipfs://"
              + StoredLayout.files(store, image).write(target, progress)
              + " "
              + image.digest());
    }
    return 0;
  }
}
