package dev.ipfstee.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the scripts of {@code e2e/cluster}, the same ones that {@code make demo} runs. */
public final class Script {
  /** The checkout. Maven runs the tests in the module's folder. */
  public static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

  private Script() {}

  /**
   * Runs a script of {@code e2e/cluster} to its end.
   *
   * @return what it printed on standard output, without surrounding white space
   * @throws AssertionError when it fails or takes over ten minutes, with all that it printed
   */
  public static String run(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(CHECKOUT.resolve("e2e/cluster").resolve(name).toString());
    command.addAll(List.of(arguments));
    return command(command);
  }

  /** Runs any command in the checkout; as {@link #run} otherwise. */
  public static String command(List<String> command) {
    try {
      Path errors = Files.createTempFile("e2e-", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(CHECKOUT.toFile())
                .redirectError(errors.toFile())
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        if (!ended || process.exitValue() != 0) {
          process.destroyForcibly();
          throw new AssertionError(
              String.join(" ", command)
                  + (ended ? " ended with " + process.exitValue() : " did not end in 10 minutes")
                  + "\n"
                  + output
                  + Files.readString(errors));
        }
        return output.strip();
      } finally {
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted: " + String.join(" ", command), e);
    }
  }
}
