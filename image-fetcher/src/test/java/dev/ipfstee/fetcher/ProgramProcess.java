package dev.ipfstee.fetcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program as a process of its own, its standard streams in files. */
final class ProgramProcess implements AutoCloseable {
  private static final List<String> QUICK_START =
      List.of("env", "JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 -XX:-UsePerfData");

  private final Process process;
  private final Path out;
  private final Path err;

  ProgramProcess(Path directory, String... arguments) throws IOException {
    this(directory, List.of(), arguments);
  }

  /**
   * @param prefix what runs Java, such as strace with its options; empty for nothing
   */
  ProgramProcess(Path directory, List<String> prefix, String... arguments) throws IOException {
    out = Files.createTempFile(directory, "out", "");
    err = Files.createTempFile(directory, "err", "");
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As in the image.
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx96m", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ImageFetcher.class.getName());
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
  }

  /** One that starts sooner and is slower then: for tests that start hundreds. */
  static ProgramProcess quick(Path directory, String... arguments) throws IOException {
    return new ProgramProcess(directory, QUICK_START, arguments);
  }

  /** Waits for something that the process brings about. */
  void await(String what, BooleanSupplier condition) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what + ": " + out() + err());
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Waits for something that the process brings about, or for its end. */
  void awaitOrExit(BooleanSupplier condition) {
    while (process.isAlive() && !condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  int awaitExit() throws InterruptedException, IOException {
    if (!process.waitFor(90, TimeUnit.SECONDS)) {
      throw new AssertionError("still running: " + err());
    }
    return process.exitValue();
  }

  String out() throws IOException {
    return Files.readString(out);
  }

  String err() throws IOException {
    return Files.readString(err);
  }

  /** Both, for conditions that are awaited. */
  String printed() {
    try {
      return out() + err();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a registry to serve, and returns where, without TLS. */
  String listening() throws IOException {
    return listening("listen");
  }

  /**
   * Waits for a registry to serve, and returns where.
   *
   * @param name of the address in its log: {@code listen}, {@code tls}
   */
  String listening(String name) throws IOException {
    Pattern address = Pattern.compile("\"" + name + "\":\"([^\"]+)\"");
    await("the registry", () -> address.matcher(printed()).find());
    Matcher found = address.matcher(printed());
    if (!found.find()) {
      throw new IllegalStateException("it was there");
    }
    return found.group(1);
  }

  /** The most memory that was resident so far, in KiB, as Linux counts it. */
  long peakKib() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
