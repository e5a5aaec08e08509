package dev.ipfstee.fetcher.ipfs;

/**
 * The first 64 bits of murmur3-x64-128 with seed 0: where a name sits in a sharded directory.
 *
 * @see <a href="https://github.com/aappleby/smhasher/wiki/MurmurHash3">MurmurHash3</a>
 */
final class Murmur3 {
  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;

  private Murmur3() {}

  static long hash64(byte[] data) {
    long h1 = 0;
    long h2 = 0;
    int full = data.length / 16 * 16;
    for (int i = 0; i < full; i += 16) {
      h1 ^= mixFirst(little(data, i, 8));
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
      h2 ^= mixSecond(little(data, i + 8, 8));
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
    }
    int rest = data.length - full;
    h2 ^= mixSecond(little(data, full + 8, rest - 8));
    h1 ^= mixFirst(little(data, full, Math.min(rest, 8)));
    h1 ^= data.length;
    h2 ^= data.length;
    h1 += h2;
    h2 += h1;
    return finish(h1) + finish(h2);
  }

  private static long mixFirst(long k) {
    return Long.rotateLeft(k * C1, 31) * C2;
  }

  private static long mixSecond(long k) {
    return Long.rotateLeft(k * C2, 33) * C1;
  }

  private static long finish(long h) {
    long x = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
    x = (x ^ x >>> 33) * 0xc4ceb9fe1a85ec53L;
    return x ^ x >>> 33;
  }

  private static long little(byte[] data, int offset, int length) {
    long value = 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | data[offset + i] & 0xff;
    }
    return value;
  }
}
