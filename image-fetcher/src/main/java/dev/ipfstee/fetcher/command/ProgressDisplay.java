package dev.ipfstee.fetcher.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.ipfstee.fetcher.fetch.ProgressListener;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on standard error how far a fetch is: a bar to people, lines of JSON to a log. */
final class ProgressDisplay implements ProgressListener, AutoCloseable {
  private static final long LINE_SECONDS = 5;

  private final String source;
  private final boolean terminal = isTerminal();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile long bytes;
  private volatile long total;
  private volatile ProgressBar bar;

  ProgressDisplay(String source) {
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
              .setTaskName("fetching")
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
    StringWriter line = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("time", Instant.now().toString());
      json.writeStringField("message", total == 0 ? "resolving" : "fetching");
      json.writeStringField("source", source);
      json.writeNumberField("bytes", bytes);
      json.writeNumberField("total", total);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }

  /** Java can tell of all three streams together only. */
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
