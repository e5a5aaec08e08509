package dev.ipfstee.operator.kubernetes;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A short name for a set of inputs: the same inputs give the same hash, in every run. */
public final class InputHash {
  /** Characters of a hash: 64 bits, far more than the objects of one namespace need. */
  public static final int LENGTH = 16;

  private InputHash() {}

  /** Lower-case hexadecimal, {@link #LENGTH} long; the order and the bounds of the parts count. */
  public static String of(String... parts) {
    MessageDigest sha256 = sha256();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      sha256.update(bytes);
    }
    return HexFormat.of().formatHex(sha256.digest()).substring(0, LENGTH);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
