package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.report.Outcome;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.JsonTree;
import dev.ipfstee.fetcher.store.StoreSweep;
import dev.ipfstee.fetcher.store.StoredImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code image-fetcher sweep}: removes images until a store is within a quota. */
@Command(
    name = "sweep",
    description =
        "Remove the images that were fetched longest ago until a store is within a quota, and the"
            + " blobs that nothing needs. Fetches and a registry may run meanwhile.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SweepCommand implements Callable<Integer> {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store's directory.")
  private Path store;

  @Option(
      names = "--quota",
      required = true,
      paramLabel = "SIZE",
      converter = Quantities.SizeConverter.class,
      description = "What all blobs may have together; 0 removes all that may go.")
  private long quota;

  @Option(
      names = "--min-age",
      paramLabel = "DURATION",
      defaultValue = "1h",
      converter = Quantities.DurationConverter.class,
      description =
          "What was fetched, or found whole by a fetch, since so long stays (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration minAge;

  @Option(
      names = KeptImages.KEEP,
      paramLabel = "CID",
      description = "The images of this CID stay, those of its paths included; repeatable.")
  private List<String> keep = List.of();

  @Option(
      names = KeptImages.KEEP_FILE,
      paramLabel = "FILE",
      description = "A file with such CIDs, one a line; - for the standard input.")
  private String keepFile;

  @Option(names = "--dry-run", description = "Remove nothing, and say what would go.")
  private boolean dryRun;

  @Option(
      names = ReportFlags.OUTPUT,
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "What to print at the end: text or json (default: ${DEFAULT-VALUE}).")
  private String output;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public SweepCommand() {}

  @Override
  public Integer call() {
    StoreTask.checkOutput(spec, output);
    StoreSweep.Request request =
        new StoreSweep.Request(quota, minAge, KeptImages.of(keep, keepFile), dryRun);
    StoreSweep.Result result;
    try (BlobStore open = StoreTask.open(store, "sweep")) {
      result = new StoreSweep(open, request).run();
    }
    StoreTask.print(spec, output.equals("json") ? json(result) : text(result));
    return result.after() <= quota ? 0 : Outcome.STORAGE_FAILED.exitCode();
  }

  private String text(StoreSweep.Result result) {
    StringBuilder text = new StringBuilder();
    for (StoredImage image : result.images()) {
      text.append("image ")
          .append(image.source())
          .append(' ')
          .append(image.digest())
          .append(dryRun ? " would go\n" : " is removed\n");
    }
    text.append(
        "%d blobs of %d bytes %s, %d bytes stay"
            .formatted(
                result.blobs(),
                result.before() - result.after(),
                dryRun ? "would go" : "are removed",
                result.after()));
    if (result.after() > quota) {
      text.append(
          ": more than --quota, and all of it is in use, to be kept or younger than --min-age");
    }
    return text.toString();
  }

  private String json(StoreSweep.Result result) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("images", result.images().stream().map(SweepCommand::describe).toList());
    document.put("blobs", (long) result.blobs());
    document.put("removedBytes", result.before() - result.after());
    document.put("bytes", result.after());
    document.put("withinQuota", result.after() <= quota);
    document.put("dryRun", dryRun);
    return new String(JsonTree.bytes(document), StandardCharsets.UTF_8);
  }

  private static Map<String, Object> describe(StoredImage image) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("source", image.source());
    entry.put("cid", image.cid());
    entry.put("digest", image.digest().toString());
    return entry;
  }
}
