package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.PlainBytes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobWriter;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Brings one blob in parts, each by its blocks, or as plain bytes and, where those break off for
 * good, the rest of it by its blocks. The thread that leads takes one part after the other, and so
 * does each that helps. Every byte goes to its place in the file, whatever comes first, and is
 * hashed once all before it are there: nothing waits for room, and no memory holds what came early.
 */
final class PartedDownload {
  /** What is asked for. */
  enum Form {
    PLAIN,
    BLOCKS
  }

  private final PartedSource source;
  private final BlobWriter writer;
  private final long size;
  private final Form form;
  private final DiskBudget disk;
  private final ProgressCounter progress;
  private final Consumer<PartedDownload> begun;
  private final Deque<Part> waiting = new ArrayDeque<>();
  private final ConcurrentNavigableMap<Long, Part> unfinished = new ConcurrentSkipListMap<>();
  private final Map<Long, PlainBytes> plain = Collections.synchronizedMap(new TreeMap<>());
  private final AtomicLong received = new AtomicLong();
  private final long kept;
  private int working;
  private boolean stopped;
  private RuntimeException failure;

  /**
   * @param writer takes exactly the blob, of which it may have something
   * @param partLength how many bytes a part has, but for the last, ≥1
   * @param begun is called once, when the first bytes have come: now others can help
   */
  PartedDownload(
      PartedSource source,
      BlobWriter writer,
      long size,
      Form form,
      long partLength,
      DiskBudget disk,
      ProgressCounter progress,
      Consumer<PartedDownload> begun) {
    this.source = source;
    this.writer = writer;
    this.size = size;
    this.form = form;
    this.disk = disk;
    this.progress = progress;
    this.begun = begun;
    long there = 0;
    for (long from = 0; from < size; from += partLength) {
      Part part = new Part(from, Math.min(from + partLength, size));
      there += part.position - from;
      if (part.position < part.to) {
        waiting.add(part);
        unfinished.put(from, part);
      }
    }
    kept = there;
    if (form == Form.BLOCKS && waiting.size() > 1) {
      // The second one first: who doesn't know of parts shows it there, before others ask him too.
      Part first = waiting.remove();
      Part second = waiting.remove();
      waiting.addFirst(first);
      waiting.addFirst(second);
    }
  }

  /** How many threads can be of use. */
  int parts() {
    return unfinished.size();
  }

  /** How many bytes are there of all parts. */
  long written() {
    return kept + received.get();
  }

  /** By whom which part was sent, by its first byte; without those that nobody sent alone. */
  Map<Long, PlainBytes> plain() {
    return plain;
  }

  /**
   * Brings all that others don't, and returns when all is written and hashed.
   *
   * @return false when no gateway gives a single plain byte, and none was there; or when those who
   *     have blocks turn out not to give them in parts
   * @throws FetchException when some of it can't be had
   */
  boolean lead() {
    progress.add(kept);
    hashWhatFollows();
    help();
    awaitOthers();
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
    if (!unfinished.isEmpty()) {
      return false;
    }
    writer.hashTo(size);
    return true;
  }

  /**
   * Brings what nobody else has begun, until nothing is left of that.
   *
   * @throws FetchException when some of it can't be had; then nobody begins anything more
   */
  void help() {
    synchronized (this) {
      working++;
    }
    try {
      for (Part part = next(); part != null; part = next()) {
        bring(part);
      }
    } catch (RuntimeException e) {
      fail(e);
      throw e;
    } finally {
      synchronized (this) {
        working--;
        notifyAll();
      }
    }
  }

  private synchronized Part next() {
    return stopped ? null : waiting.poll();
  }

  private synchronized void fail(RuntimeException cause) {
    stopped = true;
    failure = failure == null ? cause : failure;
  }

  private synchronized void stop() {
    stopped = true;
  }

  private synchronized void awaitOthers() {
    try {
      while (working > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FetchException(Reason.CANCELLED, "failed to go on fetching: the run was cancelled");
    }
  }

  private void bring(Part part) {
    if (form == Form.BLOCKS ? bringBlocks(part) : bringPlain(part)) {
      unfinished.remove(part.from);
      hashWhatFollows();
    } else {
      stop();
    }
  }

  private boolean bringBlocks(Part part) {
    if (!source.hasParts()) {
      return false;
    }
    source.read(part.position, part.to - part.position, part);
    return true;
  }

  private boolean bringPlain(Part part) {
    var all = source.readPlain(part.position, part.to - part.position, part);
    if (all.isPresent()) {
      plain.put(part.from, all.get());
    } else if (written() == 0) {
      return false;
    } else if (part.position < part.to) {
      source.read(part.position, part.to - part.position, part);
    }
    return true;
  }

  private void hashWhatFollows() {
    var next = unfinished.firstEntry();
    writer.hashTo(next == null ? size : next.getValue().position);
  }

  /** Consecutive bytes of the blob. */
  private final class Part extends OutputStream {
    private final long from;
    private final long to;
    private volatile long position;

    Part(long from, long to) {
      this.from = from;
      this.to = to;
      this.position = from + writer.kept(from, to);
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      long start = position;
      if (length > to - start) {
        throw new IllegalStateException("a part of a blob got more bytes than it has");
      }
      disk.spend(length);
      writer.writeAt(start, bytes, offset, length);
      position = start + length;
      progress.add(length);
      if (received.getAndAdd(length) == 0 && length > 0) {
        begun.accept(PartedDownload.this);
      }
      var first = unfinished.firstEntry();
      if (first != null && first.getValue() == this) {
        writer.hashTo(start + length);
      }
    }
  }
}
