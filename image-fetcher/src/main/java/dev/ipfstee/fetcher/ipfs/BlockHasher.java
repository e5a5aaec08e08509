package dev.ipfstee.fetcher.ipfs;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Checks blocks against their hashes without making garbage. Not thread-safe. */
final class BlockHasher {
  private static final int WARM_UP_BLOCKS = 6000;
  private static final int WARM_UP_BLOCK = 128;

  private final byte[] computed = new byte[64];
  private MessageDigest sha256;
  private MessageDigest sha512;

  /**
   * Hashes until the JVM has compiled the way to the processor's SHA instructions. Before that
   * hashing is ten times slower; done aside while the first connection is made, it saves the first
   * quarter of a second of a large fetch.
   */
  static void warmUpAside() {
    Thread.ofPlatform()
        .daemon()
        .name("hash-warm-up")
        .start(
            () -> {
              BlockHasher hasher = new BlockHasher();
              byte[] block = new byte[WARM_UP_BLOCK];
              Multihash any = Multihash.of(Multihash.Function.SHA2_256.code(), block, 0, 32);
              for (int i = 0; i < WARM_UP_BLOCKS; i++) {
                hasher.matches(any, block, 0, block.length);
              }
            });
  }

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
