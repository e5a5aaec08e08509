package dev.ipfstee.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** The binaries that integration tests run. */
public final class Tools {
  private Tools() {}

  /**
   * The executable {@code name}: from the directory that IPFS_TEE_TOOLS names (system property or
   * environment), else from {@code bin} of the project's cache.
   *
   * @throws IllegalStateException when it isn't there; says what to run
   */
  public static Path find(String name) {
    Path tool = directory().resolve(name);
    if (!Files.isExecutable(tool)) {
      throw new IllegalStateException(
          "failed to find '%s' in %s: run make tools, or set IPFS_TEE_TOOLS to where it is"
              .formatted(name, directory()));
    }
    return tool;
  }

  private static Path directory() {
    String given = System.getProperty("IPFS_TEE_TOOLS", System.getenv("IPFS_TEE_TOOLS"));
    if (given != null && !given.isBlank()) {
      return Path.of(given);
    }
    String cache = System.getenv("IPFS_TEE_CACHE");
    if (cache != null && !cache.isBlank()) {
      return Path.of(cache, "bin");
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg == null || xdg.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return caches.resolve("ipfs-tee-operator").resolve("bin");
  }
}
