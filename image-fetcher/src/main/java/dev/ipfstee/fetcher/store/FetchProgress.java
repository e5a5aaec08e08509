package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How far a fetch is that some process does now, as {@code ingest/<run>/progress.json} shows it.
 *
 * @param source what is being fetched, {@code ipfs://root[/path][#name]}
 * @param bytes how many bytes are stored
 * @param total how many there will be; 0 while unknown
 */
public record FetchProgress(String source, long bytes, long total) {
  private static final int MAX_FETCHES = 64;
  private static final int MAX_BYTES = 8192;

  /** A living fetch writes at least this often; older files are of killed ones. */
  private static final Duration MAX_AGE = Duration.ofMinutes(2);

  /**
   * The fetches under way, at most {@value #MAX_FETCHES}, by source; those unreadable are left out.
   */
  public static List<FetchProgress> list(StoreLayout layout) {
    List<FetchProgress> fetches = new ArrayList<>();
    try (DirectoryStream<Path> runs = Files.newDirectoryStream(layout.ingest())) {
      for (Path run : runs) {
        if (fetches.size() < MAX_FETCHES) {
          read(run.resolve(IngestSession.PROGRESS)).ifPresent(fetches::add);
        }
      }
    } catch (IOException noStoreYet) {
      return List.of();
    }
    fetches.sort(
        Comparator.comparing(FetchProgress::source).thenComparingLong(FetchProgress::bytes));
    return fetches;
  }

  private static Optional<FetchProgress> read(Path file) {
    try {
      Instant written = StoreReader.attributes(file).lastModifiedTime().toInstant();
      if (written.isBefore(Instant.now().minus(MAX_AGE))) {
        return Optional.empty();
      }
      var document = JsonTree.parseObject(StoreReader.readBounded(file, MAX_BYTES));
      FetchProgress progress =
          new FetchProgress(
              JsonTree.text(document, "source"),
              JsonTree.count(document, "bytes"),
              JsonTree.count(document, "total"));
      return progress.source().isEmpty() || progress.bytes() < 0 || progress.total() < 0
          ? Optional.empty()
          : Optional.of(progress);
    } catch (IOException | JsonTree.Malformed | FetchException noProgress) {
      return Optional.empty();
    }
  }
}
