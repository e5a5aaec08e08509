package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.util.Arrays;

/**
 * The two requests of a trustless gateway, and what its answers mean.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">trustless gateway</a>
 */
final class BlockClient {
  private static final String PLAIN_ACCEPT = "application/octet-stream, */*;q=0.5";
  private static final String RAW_TYPE = "application/vnd.ipld.raw";
  private static final String CAR_TYPE = "application/vnd.ipld.car";
  private static final String CAR_ACCEPT = CAR_TYPE + ";version=1;order=dfs;dups=y";

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
    try (Exchange exchange = http.get(gateway, cid, path, RAW_TYPE, GatewayBudget.Use.BLOCK)) {
      int status = exchange.status();
      if (status == 404 || status == 410 || status == 451) {
        throw new GatewayFailure(
            GatewayFailure.Kind.ABSENT,
            Reason.CONTENT_NOT_FOUND,
            "it has no such block (" + status + ")");
      }
      GatewayAnswer.check(exchange, RAW_TYPE);
      byte[] bytes = readBlock(exchange);
      if (!hasher.matches(cid.multihash(), bytes, 0, bytes.length)) {
        throw GatewayAnswer.mismatch(cid, bytes, 0, bytes.length);
      }
      return bytes;
    }
  }

  private static byte[] readBlock(Exchange exchange) throws GatewayFailure {
    long announced = exchange.contentLength();
    if (announced > DagLimits.MAX_BLOCK) {
      throw GatewayAnswer.oversized("it sends a block of " + announced + " bytes");
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
          throw GatewayAnswer.oversized("it sends a block of more bytes");
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
    try (Exchange exchange = car(gateway, cid, "&dag-scope=block", GatewayBudget.Use.BLOCK)) {
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
        throw GatewayAnswer.failure(e);
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
        gateway,
        cid,
        "&dag-scope=entity" + (from == 0 && toEnd ? "" : "&entity-bytes=" + range),
        GatewayBudget.Use.CAR);
  }

  /** Asks for a CAR of a directory and all files in it. */
  Exchange directory(Gateway gateway, Cid cid) throws GatewayFailure {
    return car(gateway, cid, "&dag-scope=all", GatewayBudget.Use.CAR);
  }

  private Exchange car(Gateway gateway, Cid cid, String scope, GatewayBudget.Use use)
      throws GatewayFailure {
    // The query says the same as the header: older gateways know only one of them.
    String path = "/ipfs/" + cid + "?format=car" + scope + "&car-order=dfs&car-dups=y";
    Exchange exchange = http.get(gateway, cid, path, CAR_ACCEPT, use);
    try {
      GatewayAnswer.check(exchange, CAR_TYPE);
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
    Exchange exchange =
        http.get(gateway, cid, "/ipfs/" + cid, PLAIN_ACCEPT, GatewayBudget.Use.PLAIN, range);
    try {
      if (!all && exchange.status() == 200) {
        throw notPlain("it sends all of a file where a part was asked for");
      }
      if (exchange.status() != (all ? 200 : 206)) {
        throw GatewayAnswer.refusal(exchange, exchange.status());
      }
      String encoding = exchange.header("Content-Encoding").orElse("identity");
      String expected = "bytes " + from + "-" + (part.to() - 1) + "/" + part.fileSize();
      if (exchange.contentLength() != part.to() - from
          || !encoding.equalsIgnoreCase("identity")
          || !all && !expected.equals(exchange.header("Content-Range").orElse(""))) {
        throw notPlain("it doesn't send the file's plain bytes");
      }
      return exchange;
    } catch (GatewayFailure | RuntimeException e) {
      exchange.close();
      throw e;
    }
  }

  private static GatewayFailure notPlain(String message) {
    return new GatewayFailure(GatewayFailure.Kind.UNSUPPORTED, Reason.GATEWAY_ERROR, message);
  }

  /** Checks the section that the reader is at; one of a kind that isn't supported is let pass. */
  static void verify(CarReader reader, BlockHasher hasher) throws GatewayFailure {
    Cid cid = reader.cid();
    byte[] bytes = reader.buffer();
    if (cid != null
        && !hasher.matches(cid.multihash(), bytes, reader.blockOffset(), reader.blockLength())) {
      throw GatewayAnswer.mismatch(cid, bytes, reader.blockOffset(), reader.blockLength());
    }
  }
}
