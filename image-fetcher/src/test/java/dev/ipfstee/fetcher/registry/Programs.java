package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that tests run: those of the system, and those that make tools builds. */
final class Programs {
  private Programs() {}

  /** A program of the project's own tool set. */
  static String tool(String name) {
    String given = System.getenv("IPFS_TEE_TOOLS");
    String cache = System.getenv("IPFS_TEE_CACHE");
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path directory =
        given != null
            ? Path.of(given)
            : (cache != null
                    ? Path.of(cache)
                    : (xdg != null
                            ? Path.of(xdg)
                            : Path.of(System.getProperty("user.home"), ".cache"))
                        .resolve("ipfs-tee-operator"))
                .resolve("bin");
    Path program = directory.resolve(name);
    assertThat(program).as("run make tools").isExecutable();
    return program.toString();
  }

  /** Runs a program, which must succeed. */
  static String run(String... command) throws Exception {
    return run(Map.of(), command);
  }

  /**
   * Runs a program, which must succeed, with more in its environment.
   *
   * @return its standard output
   */
  static String run(Map<String, String> environment, String... command) throws Exception {
    Path output = Files.createTempFile("output", "");
    Path errors = Files.createTempFile("errors", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("timed out: " + String.join(" ", command));
    }
    assertThat(process.exitValue())
        .as(() -> String.join(" ", command) + ": " + read(errors) + read(output))
        .isZero();
    String printed = Files.readString(output);
    Files.delete(output);
    Files.delete(errors);
    return printed;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }
}
