package dev.ipfstee.fetcher.fetch;

/** Sums of sizes that anybody can claim. */
final class Sizes {
  private Sizes() {}

  /** The sum of two sizes ≥ 0, or the largest number there is. */
  static long sum(long one, long other) {
    long sum = one + other;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
