package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a certificate and its key are, as a Secret of type kubernetes.io/tls is mounted: {@code
 * tls.crt} and {@code tls.key}, which change their content together when the Secret does.
 *
 * @param certificate PEM, the server's own first and then those that signed it
 * @param key PEM, not encrypted
 */
record TlsFiles(Path certificate, Path key) {
  /** A Secret holds no more. */
  private static final int MAX_BYTES = 1 << 20;

  /**
   * What both hold at one moment.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE} when one can't be read, or both are being
   *     replaced
   */
  TlsPem read() {
    TlsPem first = readOnce();
    TlsPem second = readOnce();
    if (!first.equals(second)) {
      throw unusable(certificate, "it is being replaced; try again");
    }
    return second;
  }

  private TlsPem readOnce() {
    return new TlsPem(read(certificate), read(key));
  }

  private static String read(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unusable(file, e.getClass().getSimpleName());
    }
    if (bytes.length > MAX_BYTES) {
      throw unusable(file, "expected PEM of at most " + MAX_BYTES + " bytes, found more");
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private static FetchException unusable(Path file, String cause) {
    return new FetchException(
        Reason.INVALID_USAGE, "failed to read '" + file + "' for TLS: " + cause);
  }
}
