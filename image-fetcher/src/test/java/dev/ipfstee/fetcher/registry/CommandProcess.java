package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.store.PrepareStoreCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of these packages in a process of their own. */
public final class CommandProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  private CommandProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  @Command(subcommands = {ServeCommand.class, PrepareStoreCommand.class})
  static final class Main {
    private Main() {}

    /** What the process runs. */
    public static void main(String[] args) {
      System.exit(new CommandLine(new Main()).execute(args));
    }
  }

  /**
   * Starts a process.
   *
   * @param log where its output goes
   * @param prefix what runs Java, such as setpriv with its options; empty for nothing
   * @param jvm options of Java
   * @param arguments the command and its options
   */
  public static CommandProcess start(
      Path log, List<String> prefix, List<String> jvm, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new CommandProcess(process, log);
  }

  /** The first group of the pattern, as soon as the output has a match. */
  String awaitOutput(String pattern) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < deadline && process.isAlive()) {
      Matcher found = Pattern.compile(pattern).matcher(output());
      if (found.find()) {
        return found.group(1);
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("no '" + pattern + "' in: " + output());
  }

  /** Waits for the end and returns the exit code. */
  public int awaitExit() throws Exception {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("still running: " + output());
    }
    return process.exitValue();
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  public String output() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
