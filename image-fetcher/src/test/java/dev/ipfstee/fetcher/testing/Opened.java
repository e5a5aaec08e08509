package dev.ipfstee.fetcher.testing;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a test opens and needs to its end. The last is closed first. */
public final class Opened implements AutoCloseable {
  private final Deque<AutoCloseable> all = new ArrayDeque<>();

  /** Hands it back. */
  public <T extends AutoCloseable> T add(T one) {
    all.push(one);
    return one;
  }

  @Override
  public void close() {
    while (!all.isEmpty()) {
      close(all.pop());
    }
  }

  private static void close(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      throw new AssertionError("failed to close " + one, e);
    }
  }
}
