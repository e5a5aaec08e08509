package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One blob on its way into the store, followed by whoever asked for it. What is readable isn't
 * verified before the flight has landed. Thread-safe.
 */
final class Flight {
  /** How a flight is or has ended. */
  enum State {
    UNDER_WAY,
    /** The blob is in the store, verified. */
    LANDED,
    /** There's no blob. */
    LOST
  }

  /** A cause that passes. */
  static final String BUSY = "the peers that have it are busy";

  /**
   * The one cause for which the blob is unknown: all peers have said so. Any other is trouble of
   * this node or of a peer.
   */
  static final String ABSENT = "no peer has it";

  private final Cid image;
  private final Digest digest;
  private final long size;
  private State state = State.UNDER_WAY;
  private Path file;
  private long readable;
  private String cause = "";
  private Optional<Flight> next = Optional.empty();

  /**
   * @param image the repository under which peers are asked
   * @param size of the blob in bytes
   */
  Flight(Cid image, Digest digest, long size) {
    this.image = image;
    this.digest = digest;
    this.size = size;
  }

  Cid image() {
    return image;
  }

  Digest digest() {
    return digest;
  }

  long size() {
    return size;
  }

  /** These bytes can be read now. */
  synchronized void reach(Path newFile, long bytes) {
    file = newFile;
    readable = bytes;
    notifyAll();
  }

  synchronized void land() {
    state = State.LANDED;
    readable = size;
    notifyAll();
  }

  /**
   * Ends it, unless it has ended.
   *
   * @param why for people
   * @param replacement tries again; empty when that is of no use
   */
  synchronized void lose(String why, Optional<Flight> replacement) {
    if (state != State.UNDER_WAY) {
      return;
    }
    state = State.LOST;
    cause = why;
    next = replacement;
    notifyAll();
  }

  /** What has taken the place of a lost flight. */
  synchronized Optional<Flight> next() {
    return next;
  }

  /** Why it was lost. */
  synchronized String cause() {
    return cause;
  }

  /**
   * The file that has the readable bytes until the flight has landed; null before there are any.
   */
  synchronized Path file() {
    return file;
  }

  /** Waits for the end, or for so many bytes. */
  synchronized State await(long bytes) throws InterruptedException {
    while (state == State.UNDER_WAY && readable < bytes) {
      wait();
    }
    return state;
  }

  synchronized long readable() {
    return readable;
  }
}
