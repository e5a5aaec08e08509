package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.ipfs.ProxyOptions;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a secret from a file, so that it is in no argument list and no environment. */
final class SecretFile {
  private static final int MAX_BYTES = 16 << 10;

  /** What an Authorization header can hold. */
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

  /** RFC 7617, section 2: no colon in the user's name, no control characters. */
  private static final Pattern LOGIN = Pattern.compile("([^:\\p{Cntrl}]+):([^\\p{Cntrl}]+)");

  private SecretFile() {}

  /**
   * Reads a token; white space around it is dropped.
   *
   * @throws FetchException InvalidUsage, without any of the content
   */
  static String readToken(String file) {
    String option = "--gateway-token-file";
    return read(file, option)
        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).strip())
        .filter(token -> TOKEN.matcher(token).matches())
        .orElseThrow(
            () ->
                unusable(
                    option, "one token of at most " + MAX_BYTES + " visible characters", file));
  }

  /**
   * Reads {@code USER:PASSWORD} in UTF-8; line ends after it are dropped.
   *
   * @throws FetchException InvalidUsage, without any of the content
   */
  static ProxyOptions.Login readLogin(String file) {
    String option = "--proxy-credentials-file";
    return read(file, option)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).replaceFirst("[\r\n]+$", ""))
        .map(LOGIN::matcher)
        .filter(Matcher::matches)
        .map(login -> new ProxyOptions.Login(login.group(1), login.group(2)))
        .orElseThrow(
            () -> unusable(option, "USER:PASSWORD of at most " + MAX_BYTES + " bytes", file));
  }

  /** Empty when it is too long. */
  private static Optional<byte[]> read(String file, String option) {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return Optional.of(in.readNBytes(MAX_BYTES + 1)).filter(bytes -> bytes.length <= MAX_BYTES);
    } catch (IOException e) {
      throw GatewayFlags.usage(
          option
              + ": failed to read '"
              + Printable.escape(file, 200)
              + "': "
              + e.getClass().getSimpleName());
    }
  }

  private static FetchException unusable(String option, String expected, String file) {
    return GatewayFlags.usage(
        option + ": expected " + expected + " in '" + Printable.escape(file, 200) + "'");
  }
}
