package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Counts and hashes bytes, and keeps none. */
final class DigestSink extends OutputStream {
  private final Digest.Algorithm algorithm;
  private final MessageDigest hash;
  private final long maxBytes;
  private long written;
  private Digest digest;

  DigestSink(Digest.Algorithm algorithm, long maxBytes) {
    this.algorithm = algorithm;
    this.maxBytes = maxBytes;
    this.hash = algorithm.newHash();
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    written += length;
    if (written > maxBytes) {
      throw new FetchException(
          Reason.IMAGE_TOO_LARGE,
          "failed to unpack a layer: it has more than " + maxBytes + " bytes; raise --max-bytes");
    }
    hash.update(bytes, offset, length);
  }

  long written() {
    return written;
  }

  /** Of all bytes; nothing may be written after this. */
  Digest digest() {
    if (digest == null) {
      digest = new Digest(algorithm, HexFormat.of().formatHex(hash.digest()));
    }
    return digest;
  }
}
