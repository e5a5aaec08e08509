package dev.ipfstee.operator.ipfsimage;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The report that the image fetcher leaves as its pod's termination message. Fields of a newer
 * fetcher are ignored; what pods get pinned to is not taken on trust.
 *
 * @param reason why it ended so; never null
 * @param cid of the entity that is the image; null while unknown
 * @param digest null unless the image was resolved
 */
record FetchResult(
    Reason reason,
    String message,
    String cid,
    String layout,
    String digest,
    String mediaType,
    List<ImagePlatform> platforms,
    List<Source> sources) {

  /** The kubelet keeps no more of a termination message. */
  private static final int MAX_BYTES = 4096;

  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
  private static final Pattern CID = Pattern.compile("b[a-z2-7]{1,256}");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * What one gateway had a part in.
   *
   * @param host {@code host[:port]}
   * @param rejected how many blocks it sent that weren't what their CID promises
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Source(String host, long bytes, long rejected, long errors) {
    boolean lied() {
      return rejected > 0;
    }
  }

  /** As it is written. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Raw(
      String outcome,
      String reason,
      String message,
      String cid,
      String layout,
      String digest,
      String mediaType,
      List<ImagePlatform> platforms,
      List<Source> sources) {}

  /** Empty when there is no report, or none that can be believed. */
  static Optional<FetchResult> parse(String terminationMessage) {
    if (terminationMessage == null
        || terminationMessage.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(JSON.readValue(terminationMessage, Raw.class))
          .flatMap(FetchResult::of);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static Optional<FetchResult> of(Raw raw) {
    boolean succeeded = "Succeeded".equals(raw.outcome);
    boolean believable =
        raw.outcome != null
            && (raw.cid == null ? !succeeded : CID.matcher(raw.cid).matches())
            && (raw.digest == null ? !succeeded : DIGEST.matcher(raw.digest).matches())
            && (raw.layout != null && raw.mediaType != null || !succeeded)
            && (raw.platforms != null && !raw.platforms.isEmpty() || !succeeded)
            && succeeded == "Succeeded".equals(raw.reason);
    if (!believable) {
      return Optional.empty();
    }
    return Optional.of(
        new FetchResult(
            // A reason that this operator doesn't know yet is one it can only retry, and so is one
            // that would call a failure good.
            Optional.ofNullable(raw.reason)
                .flatMap(Reason::of)
                .filter(reason -> succeeded || reason.next() != Reason.Next.NOTHING)
                .orElse(Reason.INTERNAL_ERROR),
            raw.message == null ? "" : FetcherOptions.inTheApi(raw.message),
            raw.cid,
            raw.layout,
            raw.digest,
            raw.mediaType,
            raw.platforms == null ? List.of() : List.copyOf(raw.platforms),
            raw.sources == null ? List.of() : List.copyOf(raw.sources)));
  }

  boolean succeeded() {
    return reason == Reason.SUCCEEDED;
  }

  /** The gateways that sent wrong bytes. */
  List<Source> liars() {
    return sources.stream().filter(Source::lied).toList();
  }
}
