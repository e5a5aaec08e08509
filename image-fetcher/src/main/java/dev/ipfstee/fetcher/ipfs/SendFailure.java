package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.util.Timeout;

/** Why a request got no answer. */
final class SendFailure {
  private SendFailure() {}

  /**
   * What it means.
   *
   * @param guarded whether the gateway was told a token, and might send it back
   * @param dial how long connecting may have taken
   * @throws dev.ipfstee.fetcher.report.FetchException if it was the run that ended
   */
  static GatewayFailure of(RunControl.Watch watch, IOException e, boolean guarded, Timeout dial) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof AddressPolicy.RefusedException refused) {
        return refused(refused);
      }
    }
    if (watch.stop() == null && !Thread.currentThread().isInterrupted()) {
      if (e instanceof UnknownHostException) {
        return new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, "its name can't be resolved");
      }
      if (e instanceof SocketTimeoutException) {
        return timeout("it can't be dialled in " + dial.toSeconds() + " s");
      }
      if (e instanceof InterruptedIOException) {
        return timeout("it has no connection left for this request");
      }
      if (e instanceof SSLException) {
        return new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT,
            Reason.GATEWAY_ERROR,
            "TLS failed (" + Text.printable(tlsFailure(e, guarded)) + ")");
      }
    }
    if (watch.stop() == RunControl.Stop.OVERDUE) {
      return timeout("it sends no response");
    }
    return Exchange.failure(watch, e, guarded);
  }

  /** The names in a certificate, which come in brackets, are the gateway's own words. */
  private static String tlsFailure(IOException e, boolean guarded) {
    String message = String.valueOf(e.getMessage());
    int names = guarded ? message.indexOf('[') : -1;
    return names < 0 ? message : message.substring(0, names).strip();
  }

  private static GatewayFailure timeout(String message) {
    return new GatewayFailure(GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_TIMEOUT, message);
  }

  static GatewayFailure refused(UnknownHostException e) {
    return new GatewayFailure(GatewayFailure.Kind.REFUSED, Reason.ADDRESS_REFUSED, e.getMessage());
  }
}
