package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.SourceUse;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.PlatformReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run has found out so far, so that its report has it however the run ends. Written by one
 * thread; read after it has ended, or by the one that reports for it.
 */
public final class RunRecord {
  /** As many as fit into a report's message. */
  private static final int MAX_SHOWN = 6;

  private final long started = System.nanoTime();
  private volatile Optional<Cid> located = Optional.empty();
  private volatile Optional<RecognizedImage> recognized = Optional.empty();
  private volatile Optional<SelectedImage> selected = Optional.empty();
  private volatile long bytes;
  private volatile List<PlatformReport> platforms = List.of();
  private volatile List<String> warnings = List.of();
  private volatile int referrers;
  private volatile List<LeftOut> leftOut = List.of();

  void located(Cid entity) {
    located = Optional.of(entity);
  }

  void recognized(RecognizedImage image) {
    recognized = Optional.of(image);
  }

  void selected(SelectedImage image) {
    selected = Optional.of(image);
  }

  void accepted(SelectedImage image, long allBytes, List<String> lintWarnings) {
    platforms =
        image.platforms().stream()
            .map(
                platform ->
                    new PlatformReport(
                        platform.platform().toString(),
                        platform.descriptor().digest().toString(),
                        platform.manifest().layers().size(),
                        platform.bytes()))
            .toList();
    bytes = allBytes;
    warnings = lintWarnings;
  }

  void referrers(int kept, List<LeftOut> notKept) {
    referrers = kept;
    leftOut = notKept;
  }

  /**
   * What looked like an attack and was accepted on request, and what beside the image wasn't kept;
   * one sentence each.
   */
  public List<String> warnings() {
    return Stream.concat(
            warnings.stream(),
            leftOut.stream()
                .map(out -> "left out: " + out.message() + " (" + out.reason().label() + ")"))
        .toList();
  }

  /**
   * What became of signatures and other referrers, to be put behind a sentence; empty when there
   * are none.
   */
  public String referrers() {
    String kept =
        switch (referrers) {
          case 0 -> "";
          case 1 -> ", with 1 signature or other referrer";
          default -> ", with " + referrers + " signatures or other referrers";
        };
    if (leftOut.isEmpty()) {
      return kept;
    }
    return kept
        + "; left out "
        + leftOut.size()
        + " of them: "
        + leftOut.stream().limit(MAX_SHOWN).map(LeftOut::toString).collect(Collectors.joining(", "))
        + (leftOut.size() > MAX_SHOWN ? ", …" : "");
  }

  /** The reference under which the node registry serves the image, without its host. */
  public Optional<String> pinned() {
    return recognized.flatMap(
        image -> selected.map(choice -> "ipfs/" + image.cid() + "@" + choice.root().digest()));
  }

  /**
   * Makes the report.
   *
   * @param sources use of the gateways so far, in their order
   */
  public FetchReport report(Reason reason, String message, List<SourceUse> sources) {
    return new FetchReport(
        reason,
        message,
        recognized.map(RecognizedImage::cid).or(() -> located).map(Cid::toString),
        recognized.map(image -> image.layout().label()),
        selected.map(image -> image.root().digest().toString()),
        selected.map(image -> image.root().mediaType()),
        platforms,
        bytes,
        sources.stream().mapToLong(SourceUse::bytes).sum(),
        (System.nanoTime() - started) / 1e9,
        sources.stream()
            .map(use -> new SourceReport(use.host(), use.bytes(), use.rejected(), use.errors()))
            .toList());
  }
}
