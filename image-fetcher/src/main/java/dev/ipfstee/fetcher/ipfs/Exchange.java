package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;

/**
 * A response under way. Reading it is counted, and watched for progress only while something is
 * awaited: a slow disk is not the gateway's fault.
 */
final class Exchange extends InputStream {
  private static final int BUFFER = 256 << 10;

  /** Fewer bytes than this in a whole stall timeout are no progress. */
  private static final int PROGRESS = 1024;

  /** Instead of what a gateway says that may say our token. */
  static final String UNTOLD = "something that isn't shown, since it was told a token,";

  private final HttpUriRequestBase request;
  private final ClassicHttpResponse response;
  private final RunControl.Watch watch;
  private final IntConsumer counter;
  private final long stallNanos;
  private final boolean guarded;
  private final InputStream body;
  private boolean ended;
  private long waited;
  private int sinceProgress;
  private GatewayBudget.Permit permit;

  /**
   * @param guarded whether the gateway was told a token, and might send it back
   */
  Exchange(
      HttpUriRequestBase request,
      ClassicHttpResponse response,
      RunControl.Watch watch,
      IntConsumer counter,
      long stallNanos,
      boolean guarded)
      throws IOException {
    this.request = request;
    this.response = response;
    this.watch = watch;
    this.counter = counter;
    this.stallNanos = stallNanos;
    this.guarded = guarded;
    this.body =
        response.getEntity() == null
            ? InputStream.nullInputStream()
            : response.getEntity().getContent();
  }

  /** Gives a permit back at the end. */
  Exchange holding(GatewayBudget.Permit held) {
    permit = held;
    return this;
  }

  /** From now on it is this thread that reads it. */
  void adopt() {
    watch.adopt();
  }

  int status() {
    return response.getCode();
  }

  Optional<String> header(String name) {
    Header header = response.getFirstHeader(name);
    return Optional.ofNullable(header == null ? null : header.getValue());
  }

  /** The announced length in bytes, or -1. */
  long contentLength() {
    return response.getEntity() == null ? 0 : response.getEntity().getContentLength();
  }

  /** The media type without parameters, lower case; "" if none is given. */
  String mediaType() {
    String type = header("Content-Type").orElse("");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** Reads; in case of an IOException {@link #failure} says why. */
  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    long before = System.nanoTime();
    watch.due(Math.max(stallNanos - waited, 0));
    int count = body.read(target, offset, length);
    watch.notDue();
    if (count < 0) {
      ended = true;
      return count;
    }
    counter.accept(count);
    sinceProgress += count;
    waited += System.nanoTime() - before;
    if (sinceProgress >= PROGRESS) {
      sinceProgress = 0;
      waited = 0;
    }
    return count;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /**
   * Hands on the whole body, in order.
   *
   * @param length how many bytes it must have
   */
  void copyTo(CountingSink sink, long length) throws GatewayFailure {
    long end = sink.written() + length;
    byte[] buffer = new byte[Math.clamp(length, 1, BUFFER)];
    while (true) {
      int count = next(buffer);
      if (count < 0 && sink.written() == end) {
        return; // Read to the end, so that the connection can be used again.
      }
      if (count < 0) {
        throw new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, "it ended before the file did");
      }
      sink.write(buffer, 0, count);
    }
  }

  private int next(byte[] buffer) throws GatewayFailure {
    try {
      return read(buffer, 0, buffer.length);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** What a failed read means. */
  GatewayFailure failure(IOException cause) {
    return failure(watch, cause, guarded);
  }

  /** The gateway's words, fit for a message. */
  String told(String words) {
    return guarded ? UNTOLD : "'" + Text.printable(words) + "'";
  }

  /**
   * What a failed request means.
   *
   * @param guarded as above
   * @throws dev.ipfstee.fetcher.report.FetchException if it was the run that ended
   */
  static GatewayFailure failure(RunControl.Watch watch, IOException cause, boolean guarded) {
    RunControl.Stop stop = watch.stop();
    if (stop == RunControl.Stop.CANCELLED || Thread.currentThread().isInterrupted()) {
      throw RunControl.cancelled();
    }
    if (stop == RunControl.Stop.DEADLINE) {
      throw RunControl.deadlinePassed("the content");
    }
    if (stop == RunControl.Stop.OVERDUE) {
      return new GatewayFailure(
          GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_TIMEOUT, "it stopped sending");
    }
    return new GatewayFailure(
        GatewayFailure.Kind.TRANSIENT,
        Reason.GATEWAY_ERROR,
        "the connection broke"
            + (guarded ? "" : " (" + Text.printable(String.valueOf(cause.getMessage())) + ")"));
  }

  /** Gives the connection back if all was read, else breaks it. */
  @Override
  public void close() {
    watch.close();
    if (permit != null) {
      permit.close();
    }
    try {
      if (ended) {
        body.close();
      } else {
        // Closing the body would first read all the rest of it.
        request.cancel();
      }
      response.close();
    } catch (IOException e) {
      // Nothing more is wanted from it.
      request.cancel();
    }
  }
}
