package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.report.FetchException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** What may be around a tar. */
enum Compression {
  NONE,
  GZIP,
  ZSTD;

  private static final int BUFFER = 64 << 10;

  /** By the first bytes of a file. */
  static Compression of(byte[] head) {
    if (startsWith(head, 0x1f, 0x8b, 0x08)) {
      return GZIP;
    }
    return startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) ? ZSTD : NONE;
  }

  private static boolean startsWith(byte[] head, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= head.length || (head[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** Hands out the content. Memory is bounded: zstd windows above 8 MiB are refused. */
  InputStream decompress(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new Checked(new GZIPInputStream(in, BUFFER));
      case ZSTD -> new Checked(new ZstdInputStream(in));
    };
  }

  /** Decoders of hostile bytes fail in more ways than they declare. */
  private static final class Checked extends InputStream {
    private final InputStream in;

    Checked(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return in.read(bytes, offset, length);
      } catch (EOFException e) {
        throw new IOException("its compressed data is cut off", e);
      } catch (FetchException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new IOException("its compressed data is damaged: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
