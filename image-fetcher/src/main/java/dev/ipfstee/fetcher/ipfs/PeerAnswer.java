package dev.ipfstee.fetcher.ipfs;

import java.util.Optional;
import java.util.function.Function;

/**
 * What came of asking a peer for something: that it hasn't got it is another thing than that nobody
 * knows.
 */
public sealed interface PeerAnswer<T> {
  /** It has it. */
  record Has<T>(T what) implements PeerAnswer<T> {}

  /** It has answered, and hasn't got it. */
  record Lacks<T>() implements PeerAnswer<T> {}

  /**
   * It may have it.
   *
   * @param why nobody knows, for people
   */
  record Silent<T>(String why) implements PeerAnswer<T> {}

  /** What it has; empty also when nobody knows. */
  default Optional<T> has() {
    return this instanceof Has<T>(T what) ? Optional.of(what) : Optional.empty();
  }

  /** The same about what is looked for within what it has. */
  default <R> PeerAnswer<R> find(Function<T, Optional<R>> within) {
    return switch (this) {
      case Has<T>(T what) -> within.apply(what).<PeerAnswer<R>>map(Has::new).orElseGet(Lacks::new);
      case Lacks<T>() -> new Lacks<>();
      case Silent<T>(String why) -> new Silent<>(why);
    };
  }
}
