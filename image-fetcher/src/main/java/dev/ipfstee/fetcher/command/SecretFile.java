package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Reads a token from a file, so that it is in no argument list and no environment. */
final class SecretFile {
  private static final int MAX_BYTES = 16 << 10;

  /** What an Authorization header can hold. */
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

  private SecretFile() {}

  /**
   * Reads a token; white space around it is dropped.
   *
   * @throws FetchException InvalidUsage, without any of the content
   */
  static String readToken(String file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw GatewayFlags.usage(
          "--gateway-token-file: failed to read '"
              + Printable.escape(file, 200)
              + "': "
              + e.getClass().getSimpleName());
    }
    String token = new String(bytes, StandardCharsets.ISO_8859_1).strip();
    if (bytes.length > MAX_BYTES || !TOKEN.matcher(token).matches()) {
      throw GatewayFlags.usage(
          "--gateway-token-file: expected one token of at most "
              + MAX_BYTES
              + " visible characters in '"
              + Printable.escape(file, 200)
              + "'");
    }
    return token;
  }
}
