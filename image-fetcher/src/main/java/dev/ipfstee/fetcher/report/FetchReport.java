package dev.ipfstee.fetcher.report;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How one run ended: the contract with whoever started it. Its JSON form is at most {@link
 * ReportJson#MAX_BYTES} long.
 *
 * @param reason carries the outcome and the exit code
 * @param message one sentence for people; everything unprintable is escaped
 * @param cid canonical CIDv1 of the entity that is the image; empty while unknown
 * @param layout the recognised layout; empty while unknown
 * @param digest what pods pin; empty while unknown
 * @param mediaType of the digest; empty while unknown
 * @param platforms what was fetched of the image; empty while unknown
 * @param bytes the size of all that the image needs in the store
 * @param fetchedBytes body bytes received from all sources, wasted ones included
 * @param seconds since the start of the run
 * @param sources in the order of preference
 */
public record FetchReport(
    Reason reason,
    String message,
    Optional<String> cid,
    Optional<String> layout,
    Optional<String> digest,
    Optional<String> mediaType,
    List<PlatformReport> platforms,
    long bytes,
    long fetchedBytes,
    double seconds,
    List<SourceReport> sources) {

  /**
   * @param platform {@code os/architecture[/variant]}
   * @param digest of the platform's manifest
   * @param layers their number
   * @param bytes manifest, config and layers together
   */
  public record PlatformReport(String platform, String digest, int layers, long bytes) {}

  /**
   * @param host {@code host[:port]}, no port meaning the scheme's default
   * @param bytes body bytes received
   * @param rejected blocks that weren't what their CID promises: more than none is a lie
   * @param errors failed requests
   */
  public record SourceReport(String host, long bytes, long rejected, long errors) {}

  public FetchReport {
    Objects.requireNonNull(reason);
    message = Printable.escape(message);
    platforms = List.copyOf(platforms);
    sources = List.copyOf(sources);
  }
}
