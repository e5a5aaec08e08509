package dev.ipfstee.fetcher.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Inputs that a fuzz target begins with, and that every test run replays: what is worth knowing of
 * its format, and what was found. One a line in {@code seeds/<name>.txt}; a line that begins with #
 * says what follows.
 */
public final class Seeds {
  private Seeds() {}

  /** Seeds of a binary format, written in hex. */
  public static Stream<byte[]> hex(String name) {
    return lines(name).stream().map(HexFormat.of()::parseHex);
  }

  /** Seeds of a text format, with the escapes of Java's string literals. */
  public static Stream<byte[]> text(String name) {
    return lines(name).stream()
        .map(line -> line.translateEscapes().getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> lines(String name) {
    String file = "/seeds/" + name + ".txt";
    try (InputStream in = Objects.requireNonNull(Seeds.class.getResourceAsStream(file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
