package dev.ipfstee.fetcher.ipfs;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Checks blocks against their hashes without making garbage. Not thread-safe. */
final class BlockHasher {
  private final byte[] computed = new byte[64];
  private MessageDigest sha256;
  private MessageDigest sha512;

  /** Whether these bytes are what the multihash promises. */
  boolean matches(Multihash expected, byte[] bytes, int offset, int length) {
    byte[] digest = expected.digest();
    if (expected.function() == Multihash.Function.IDENTITY) {
      return Arrays.equals(bytes, offset, offset + length, digest, 0, digest.length);
    }
    MessageDigest function = function(expected.function());
    function.update(bytes, offset, length);
    try {
      int size = function.digest(computed, 0, computed.length);
      return size == digest.length && Arrays.equals(computed, 0, size, digest, 0, size);
    } catch (DigestException e) {
      throw new IllegalStateException(e);
    }
  }

  private MessageDigest function(Multihash.Function wanted) {
    if (wanted == Multihash.Function.SHA2_256) {
      sha256 = sha256 == null ? instance(wanted) : sha256;
      return sha256;
    }
    sha512 = sha512 == null ? instance(wanted) : sha512;
    return sha512;
  }

  private static MessageDigest instance(Multihash.Function function) {
    try {
      return MessageDigest.getInstance(function.jcaName());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
