package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.report.Outcome;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.JsonTree;
import dev.ipfstee.fetcher.store.StoreScrub;
import dev.ipfstee.fetcher.store.StoredImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code image-fetcher scrub}: hashes a store's blobs again and takes wrong ones out of it. */
@Command(
    name = "scrub",
    description =
        "Hash all blobs of a store again; those that are wrong go to quarantine, and the next fetch"
            + " of an image that needs one gets it again. Fetches and a registry may run"
            + " meanwhile.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class ScrubCommand implements Callable<Integer> {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store's directory.")
  private Path store;

  @Option(
      names = "--rate",
      paramLabel = "SIZE",
      defaultValue = "100Mi",
      converter = Quantities.SizeConverter.class,
      description = "At most so many bytes are read in a second (default: ${DEFAULT-VALUE}).")
  private long rate;

  @Option(
      names = ReportFlags.OUTPUT,
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "What to print at the end: text or json (default: ${DEFAULT-VALUE}).")
  private String output;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public ScrubCommand() {}

  @Override
  public Integer call() {
    if (rate < 1) {
      throw new ParameterException(spec.commandLine(), "expected --rate of at least 1, found 0");
    }
    StoreTask.checkOutput(spec, output);
    StoreScrub.Result result;
    try (BlobStore open = StoreTask.open(store, "scrub")) {
      result = new StoreScrub(open, rate).run();
    }
    StoreTask.print(spec, output.equals("json") ? json(result) : text(result));
    return result.damages().isEmpty() ? 0 : Outcome.STORAGE_FAILED.exitCode();
  }

  private static String text(StoreScrub.Result result) {
    StringBuilder text = new StringBuilder();
    for (StoreScrub.Damage damage : result.damages()) {
      text.append("blob ")
          .append(damage.digest())
          .append(" is damaged and in quarantine now: ")
          .append(damage.finding())
          .append('\n');
    }
    for (StoredImage image : result.incomplete()) {
      text.append("image ").append(image.source()).append(" lacks a blob: fetch it again\n");
    }
    return text.append(
            "%d blobs of %d bytes hashed, %d damaged"
                .formatted(result.blobs(), result.bytes(), result.damages().size()))
        .toString();
  }

  private static String json(StoreScrub.Result result) {
    List<Map<String, Object>> damages =
        result.damages().stream().map(ScrubCommand::describe).toList();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("blobs", (long) result.blobs());
    document.put("bytes", result.bytes());
    document.put("damaged", damages);
    document.put(
        "incompleteImages", result.incomplete().stream().map(StoredImage::source).toList());
    return new String(JsonTree.bytes(document), StandardCharsets.UTF_8);
  }

  private static Map<String, Object> describe(StoreScrub.Damage damage) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("digest", damage.digest().toString());
    entry.put("finding", damage.finding());
    return entry;
  }
}
