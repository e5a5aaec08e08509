package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a CAR of version 1 as it comes, one section at a time in a buffer that is used again. No
 * length is believed before it is compared with its limit. Not thread-safe.
 */
final class CarReader {
  private static final int MAX_HEADER = 64 << 10;

  /** Longer than any accepted CID: version, codec, hash code and up to 128 inline bytes. */
  private static final int MAX_CID = 200;

  private static final int CBOR_MAP = 5 << 5;

  private static final int INITIAL_BUFFER = 640 << 10;

  /** What boxo writes into a response that it can't go on with. */
  static final byte[] GATEWAY_ERROR = "[Gateway Error".getBytes(StandardCharsets.US_ASCII);

  private final InputStream in;
  private byte[] buffer = new byte[INITIAL_BUFFER];
  private int start;
  private int end;
  private Cid cid;
  private int blockOffset;
  private int blockLength;
  private long bufferPosition;
  private List<Cid> roots = List.of();

  CarReader(InputStream in) {
    this.in = in;
  }

  /** Reads and checks the header; to be called once, first. */
  void readHeader() throws IOException, CarException {
    long length = sectionLength();
    if (length < 0) {
      throw new CarException(CarException.Kind.TRUNCATED, "it is empty");
    }
    if (length == 0 || length > MAX_HEADER) {
      throw malformed("its header has " + length + " bytes, expected 1 to " + MAX_HEADER);
    }
    require(1);
    if ((buffer[start] & 0xe0) != CBOR_MAP) {
      // Said before waiting for the rest: a page of text claims any length.
      throw malformed("its header is no dag-cbor map");
    }
    require((int) length);
    try {
      roots = CarHeader.check(buffer, start, (int) length);
    } catch (IllegalArgumentException e) {
      throw malformed(e.getMessage());
    }
    start += (int) length;
  }

  /**
   * Goes to the next section.
   *
   * @return false at a clean end
   */
  boolean next() throws IOException, CarException {
    long length = sectionLength();
    if (length < 0) {
      return false;
    }
    if (length == 0) {
      throw malformed("it has a section without length");
    }
    int cidLength = cidLength(length);
    if (length - cidLength > DagLimits.MAX_BLOCK) {
      throw new CarException(
          CarException.Kind.OVERSIZED,
          "it has a block of " + (length - cidLength) + " bytes, at most " + DagLimits.MAX_BLOCK);
    }
    require((int) length);
    try {
      cid = Cid.fromBytes(buffer, start, start + cidLength);
    } catch (FetchException e) {
      // A block of a kind that no file is made of: not asked for, so not needed.
      cid = null;
    }
    blockOffset = start + cidLength;
    blockLength = (int) length - cidLength;
    start += (int) length;
    return true;
  }

  /** The CID of the section, or null if it is of a kind that isn't supported. */
  Cid cid() {
    return cid;
  }

  /** The array that holds the block until {@link #next} is called. */
  byte[] buffer() {
    return buffer;
  }

  int blockOffset() {
    return blockOffset;
  }

  int blockLength() {
    return blockLength;
  }

  /** Where the block starts, in bytes from the start of the CAR. */
  long blockPosition() {
    return bufferPosition + blockOffset;
  }

  /** The roots that the header names. */
  List<Cid> roots() {
    return roots;
  }

  /** The length of the next section, or -1 at the end. */
  private long sectionLength() throws IOException, CarException {
    if (!fill(1)) {
      return -1;
    }
    fill(GATEWAY_ERROR.length);
    if (end - start >= GATEWAY_ERROR.length
        && Arrays.equals(
            buffer, start, start + GATEWAY_ERROR.length, GATEWAY_ERROR, 0, GATEWAY_ERROR.length)) {
      throw new CarException(CarException.Kind.TRUNCATED, "the gateway broke it off with an error");
    }
    int size = 1;
    while (size < 9 && buffer[start + size - 1] < 0) {
      require(++size);
    }
    try {
      long length = Varint.read(buffer, start, end);
      start += Varint.length(length);
      return length;
    } catch (IllegalArgumentException e) {
      throw malformed("the length of a section is no varint");
    }
  }

  private int cidLength(long section) throws IOException, CarException {
    int window = (int) Math.min(section, MAX_CID);
    if (!fill(window) && section <= DagLimits.MAX_BLOCK) {
      throw truncated();
    }
    try {
      return Cid.lengthAt(buffer, start, Math.min(end, start + window));
    } catch (IllegalArgumentException e) {
      throw malformed("a section doesn't start with a CID: " + e.getMessage());
    }
  }

  private void require(int count) throws IOException, CarException {
    if (!fill(count)) {
      throw truncated();
    }
  }

  /** Makes this many bytes available at {@code start}; false if the stream ends before. */
  private boolean fill(int count) throws IOException {
    if (end - start >= count) {
      return true;
    }
    if (start > 0 && (start == end || buffer.length - start < count)) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      bufferPosition += start;
      start = 0;
    }
    if (buffer.length < count) {
      buffer = Arrays.copyOf(buffer, DagLimits.MAX_BLOCK + MAX_CID);
    }
    while (end - start < count) {
      int read = in.read(buffer, end, buffer.length - end);
      if (read < 0) {
        return false;
      }
      end += read;
    }
    return true;
  }

  private static CarException malformed(String cause) {
    return new CarException(CarException.Kind.MALFORMED, cause);
  }

  private static CarException truncated() {
    return new CarException(CarException.Kind.TRUNCATED, "it ends within a section");
  }
}
