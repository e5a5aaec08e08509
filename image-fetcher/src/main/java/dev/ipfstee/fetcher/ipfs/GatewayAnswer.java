package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Set;

/**
 * What an answer of a gateway means that isn't what was asked for.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/path-gateway/#response-status-codes">status
 *     codes of gateways</a>
 */
final class GatewayAnswer {
  private static final Set<String> UNTYPED = Set.of("", "application/octet-stream");

  /** How far before its end a block may carry the words of a gateway that gave up. */
  private static final int ERROR_WINDOW = 1024;

  private GatewayAnswer() {}

  /**
   * A block with a wrong hash is a lie, unless it ends in the words that boxo writes into a
   * response it breaks off: then it is a block that was cut.
   */
  static GatewayFailure mismatch(Cid cid, byte[] bytes, int offset, int length) {
    for (int i = Math.max(offset, offset + length - ERROR_WINDOW);
        i + CarReader.GATEWAY_ERROR.length <= offset + length;
        i++) {
      int end = i + CarReader.GATEWAY_ERROR.length;
      if (Arrays.equals(
          bytes, i, end, CarReader.GATEWAY_ERROR, 0, CarReader.GATEWAY_ERROR.length)) {
        return new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, "it broke off within a block");
      }
    }
    return new GatewayFailure(
        GatewayFailure.Kind.LIED,
        Reason.BLOCK_MISMATCH,
        "it sent bytes for block " + cid + " that don't match");
  }

  /** What an unreadable CAR says about its gateway. */
  static GatewayFailure failure(CarException e) {
    return switch (e.kind()) {
      case TRUNCATED ->
          new GatewayFailure(
              GatewayFailure.Kind.TRANSIENT,
              Reason.GATEWAY_ERROR,
              "its CAR is incomplete: " + e.getMessage());
      case MALFORMED ->
          new GatewayFailure(
              GatewayFailure.Kind.MALFORMED,
              Reason.MALFORMED_CAR,
              "its CAR is malformed: " + e.getMessage());
      case OVERSIZED -> oversized(e.getMessage());
    };
  }

  static GatewayFailure oversized(String found) {
    return new GatewayFailure(
        GatewayFailure.Kind.OVERSIZED,
        Reason.BLOCK_TOO_LARGE,
        found + ", at most " + DagLimits.MAX_BLOCK + " are accepted");
  }

  static void check(Exchange exchange, String type) throws GatewayFailure {
    int status = exchange.status();
    if (status != 200) {
      throw refusal(exchange, status);
    }
    String found = exchange.mediaType();
    if (!found.equals(type) && !UNTYPED.contains(found)) {
      throw new GatewayFailure(
          GatewayFailure.Kind.UNSUPPORTED,
          Reason.GATEWAY_ERROR,
          "it answers " + exchange.told(found) + " where " + type + " was asked for");
    }
    String encoding = exchange.header("Content-Encoding").orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new GatewayFailure(
          GatewayFailure.Kind.UNSUPPORTED,
          Reason.GATEWAY_ERROR,
          "it sends a content encoding that wasn't asked for");
    }
  }

  static GatewayFailure refusal(Exchange exchange, int status) {
    String message = "it answered " + status;
    return switch (status) {
      case 404, 410, 451 ->
          new GatewayFailure(GatewayFailure.Kind.ABSENT, Reason.CONTENT_NOT_FOUND, message);
      case 400, 406, 415, 501 ->
          new GatewayFailure(
              GatewayFailure.Kind.UNSUPPORTED,
              Reason.GATEWAY_ERROR,
              message + ": it doesn't offer this format");
      // The proxy's own: no gateway behind one is asked for it.
      case 407 ->
          new GatewayFailure(
              GatewayFailure.Kind.REFUSED,
              Reason.GATEWAY_ERROR,
              message + "; check the proxy's login (--proxy-credentials-file)");
      case 401, 403 ->
          new GatewayFailure(
              GatewayFailure.Kind.REFUSED,
              Reason.GATEWAY_ERROR,
              message + "; check its token (--gateway-token-file)");
      case 429, 503 ->
          new GatewayFailure(
              GatewayFailure.Kind.TRANSIENT,
              Reason.RATE_LIMITED,
              message + ": too many requests",
              retryAfter(exchange));
      case 408, 504 ->
          new GatewayFailure(
              GatewayFailure.Kind.TRANSIENT,
              Reason.GATEWAY_TIMEOUT,
              message + ": it found no provider in time",
              retryAfter(exchange));
      default ->
          new GatewayFailure(
              GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, message, retryAfter(exchange));
    };
  }

  /** In seconds or as a date; null if it isn't there or makes no sense. */
  static Duration retryAfter(Exchange exchange) {
    String value = exchange.header("Retry-After").orElse("").strip();
    if (value.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration left = Duration.between(Instant.now(), until);
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
