package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;

/** Counts what goes on to another stream, and tells what that was for if it can't be written. */
final class CountingSink extends OutputStream {
  private final OutputStream target;
  private final String what;
  private long written;

  /**
   * @param what the content, for messages
   */
  CountingSink(OutputStream target, String what) {
    this.target = target;
    this.what = what;
  }

  /** How many bytes have gone on. */
  long written() {
    return written;
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR, "failed to write " + what + ": " + e.getMessage(), e);
    }
    written += length;
  }
}
