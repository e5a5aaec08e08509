package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.ProgressListener;
import dev.ipfstee.fetcher.store.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on standard error how far a long command is: a bar to people, lines of JSON to a log. */
final class ProgressDisplay implements ProgressListener, AutoCloseable {
  private static final long LINE_SECONDS = 5;

  private final String doing;
  private final String source;
  private final boolean terminal = isTerminal();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile long bytes;
  private volatile long total;
  private volatile ProgressBar bar;

  /**
   * @param doing what the command does with bytes, such as "fetching"
   * @param source what it does it to
   */
  ProgressDisplay(String doing, String source) {
    this.doing = doing;
    this.source = source;
    if (!terminal) {
      Thread.ofPlatform().daemon().name("progress").start(this::writeLines);
    }
  }

  @Override
  public void progress(long nowBytes, long nowTotal) {
    bytes = nowBytes;
    total = nowTotal;
    if (terminal) {
      draw();
    }
  }

  private synchronized void draw() {
    if (closed.getCount() == 0) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(doing)
              .setInitialMax(total)
              .setUnit(" MiB", 1 << 20)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .showSpeed()
              .build();
    }
    bar.stepTo(bytes);
  }

  private void writeLines() {
    try {
      while (!closed.await(LINE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println(line());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String line() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("message", total == 0 ? "resolving" : doing);
    line.put("source", source);
    line.put("bytes", bytes);
    line.put("total", total);
    return new String(JsonTree.bytes(line), StandardCharsets.UTF_8);
  }

  /** Java can tell of all three streams together only. */
  // Console.isTerminal() is of Java 22; since Java 25 no console again means no terminal.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null;
    }
  }

  @Override
  public synchronized void close() {
    closed.countDown();
    if (bar != null) {
      bar.close();
    }
  }
}
