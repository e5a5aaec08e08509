package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Set;

/**
 * The two requests of a trustless gateway, and what its answers mean.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">trustless gateway</a>
 */
final class BlockClient {
  private static final Duration RAW_HEADERS = Duration.ofSeconds(10);
  private static final Duration CAR_HEADERS = Duration.ofSeconds(30);
  private static final Duration PLAIN_HEADERS = Duration.ofSeconds(30);
  private static final String PLAIN_ACCEPT = "application/octet-stream, */*;q=0.5";
  private static final String RAW_TYPE = "application/vnd.ipld.raw";
  private static final String CAR_TYPE = "application/vnd.ipld.car";
  private static final String CAR_ACCEPT = CAR_TYPE + ";version=1;order=dfs;dups=y";
  private static final Set<String> UNTYPED = Set.of("", "application/octet-stream");

  /** How far before its end a block may carry the words of a gateway that gave up. */
  private static final int ERROR_WINDOW = 1024;

  private final GatewayHttp http;

  BlockClient(GatewayHttp http) {
    this.http = http;
  }

  /** A block, verified: raw, or as a CAR of one block from a gateway that has no raw. */
  byte[] block(Gateway gateway, Cid cid, BlockHasher hasher) throws GatewayFailure {
    if (gateway.hasRaw()) {
      try {
        return raw(gateway, cid, hasher);
      } catch (GatewayFailure failure) {
        if (failure.kind() != GatewayFailure.Kind.UNSUPPORTED || !gateway.hasCar()) {
          throw failure;
        }
        gateway.noteWithoutRaw();
      }
    }
    return oneBlockCar(gateway, cid, hasher);
  }

  private byte[] raw(Gateway gateway, Cid cid, BlockHasher hasher) throws GatewayFailure {
    String path = "/ipfs/" + cid + "?format=raw";
    try (Exchange exchange = http.get(gateway, cid, path, RAW_TYPE, RAW_HEADERS)) {
      int status = exchange.status();
      if (status == 404 || status == 410 || status == 451) {
        throw new GatewayFailure(
            GatewayFailure.Kind.ABSENT,
            Reason.CONTENT_NOT_FOUND,
            "it has no such block (" + status + ")");
      }
      check(exchange, RAW_TYPE);
      byte[] bytes = readBlock(exchange);
      if (!hasher.matches(cid.multihash(), bytes, 0, bytes.length)) {
        throw mismatch(cid, bytes, 0, bytes.length);
      }
      return bytes;
    }
  }

  private static byte[] readBlock(Exchange exchange) throws GatewayFailure {
    long announced = exchange.contentLength();
    if (announced > DagLimits.MAX_BLOCK) {
      throw oversized("it sends a block of " + announced + " bytes");
    }
    byte[] bytes = new byte[announced < 0 ? 256 << 10 : (int) announced + 1];
    int length = 0;
    try {
      while (true) {
        int count = exchange.read(bytes, length, bytes.length - length);
        if (count < 0) {
          return Arrays.copyOf(bytes, length);
        }
        length += count;
        if (length > DagLimits.MAX_BLOCK) {
          throw oversized("it sends a block of more bytes");
        }
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(2 * length, DagLimits.MAX_BLOCK + 1));
        }
      }
    } catch (IOException e) {
      throw exchange.failure(e);
    }
  }

  private byte[] oneBlockCar(Gateway gateway, Cid cid, BlockHasher hasher) throws GatewayFailure {
    try (Exchange exchange = car(gateway, cid, "&dag-scope=block")) {
      CarReader reader = new CarReader(exchange);
      try {
        reader.readHeader();
        while (reader.next()) {
          verify(reader, hasher);
          if (reader.cid() != null && reader.cid().multihash().equals(cid.multihash())) {
            int start = reader.blockOffset();
            return Arrays.copyOfRange(reader.buffer(), start, start + reader.blockLength());
          }
        }
      } catch (CarException e) {
        throw failure(e);
      } catch (IOException e) {
        throw exchange.failure(e);
      }
    }
    throw new GatewayFailure(
        GatewayFailure.Kind.ABSENT, Reason.CONTENT_NOT_FOUND, "its CAR lacks the block");
  }

  /**
   * Asks for a CAR of a file or directory.
   *
   * @param from the first byte of the content that is needed
   * @param to the first byte behind those that are, {@link DagWalk.Stretch#END} for all the rest
   */
  Exchange entity(Gateway gateway, Cid cid, long from, long to) throws GatewayFailure {
    boolean toEnd = to == DagWalk.Stretch.END;
    String range = from + ":" + (toEnd ? "*" : to - 1);
    return car(
        gateway, cid, "&dag-scope=entity" + (from == 0 && toEnd ? "" : "&entity-bytes=" + range));
  }

  private Exchange car(Gateway gateway, Cid cid, String scope) throws GatewayFailure {
    // The query says the same as the header: older gateways know only one of them.
    String path = "/ipfs/" + cid + "?format=car" + scope + "&car-order=dfs&car-dups=y";
    Exchange exchange = http.get(gateway, cid, path, CAR_ACCEPT, CAR_HEADERS);
    try {
      check(exchange, CAR_TYPE);
      return exchange;
    } catch (GatewayFailure | RuntimeException e) {
      exchange.close();
      throw e;
    }
  }

  /**
   * Asks for plain bytes of a file, as browsers do.
   *
   * @param done how many bytes of the part are there already
   */
  Exchange plain(Gateway gateway, FilePart part, long done) throws GatewayFailure {
    long from = part.from() + done;
    boolean all = from == 0 && part.isAll();
    boolean toEnd = part.to() == part.fileSize();
    String range = all ? null : "bytes=" + from + "-" + (toEnd ? "" : part.to() - 1);
    Cid cid = part.file();
    Exchange exchange = http.get(gateway, cid, "/ipfs/" + cid, PLAIN_ACCEPT, PLAIN_HEADERS, range);
    try {
      if (exchange.status() != (all ? 200 : 206)) {
        throw refusal(exchange, exchange.status());
      }
      String encoding = exchange.header("Content-Encoding").orElse("identity");
      String expected = "bytes " + from + "-" + (part.to() - 1) + "/" + part.fileSize();
      if (exchange.contentLength() != part.to() - from
          || !encoding.equalsIgnoreCase("identity")
          || !all && !expected.equals(exchange.header("Content-Range").orElse(""))) {
        throw new GatewayFailure(
            GatewayFailure.Kind.UNSUPPORTED,
            Reason.GATEWAY_ERROR,
            "it doesn't send the file's plain bytes");
      }
      return exchange;
    } catch (GatewayFailure | RuntimeException e) {
      exchange.close();
      throw e;
    }
  }

  /** Checks the section that the reader is at; one of a kind that isn't supported is let pass. */
  static void verify(CarReader reader, BlockHasher hasher) throws GatewayFailure {
    Cid cid = reader.cid();
    byte[] bytes = reader.buffer();
    if (cid != null
        && !hasher.matches(cid.multihash(), bytes, reader.blockOffset(), reader.blockLength())) {
      throw mismatch(cid, bytes, reader.blockOffset(), reader.blockLength());
    }
  }

  /**
   * A block with a wrong hash is a lie, unless it ends in the words that boxo writes into a
   * response it breaks off: then it is a block that was cut.
   */
  private static GatewayFailure mismatch(Cid cid, byte[] bytes, int offset, int length) {
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

  private static GatewayFailure oversized(String found) {
    return new GatewayFailure(
        GatewayFailure.Kind.OVERSIZED,
        Reason.BLOCK_TOO_LARGE,
        found + ", at most " + DagLimits.MAX_BLOCK + " are accepted");
  }

  private static void check(Exchange exchange, String type) throws GatewayFailure {
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

  private static GatewayFailure refusal(Exchange exchange, int status) {
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
  private static Duration retryAfter(Exchange exchange) {
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
