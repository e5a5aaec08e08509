package dev.ipfstee.crds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The CRDs as the last release has them: its tag is the record, so that no copy of it can be
 * edited.
 */
final class LastRelease {
  private final Path checkout;

  LastRelease(Path checkout) {
    this.checkout = checkout;
  }

  /**
   * The last tag {@code vX.Y.Z} before the commit that is checked out; empty before the first, and
   * in sources without their history.
   */
  Optional<String> tag() {
    if (!Files.exists(checkout.resolve(".git"))) {
      return Optional.empty();
    }
    return git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v[0-9]*")
        .lines()
        .filter(tag -> tag.matches("v\\d+\\.\\d+\\.\\d+"))
        .findFirst();
  }

  /** By their file names. */
  Map<String, String> crds(String tag) {
    Map<String, String> crds = new TreeMap<>();
    git("ls-tree", "--name-only", tag, "crds/manifests/")
        .lines()
        .filter(file -> file.endsWith(".yaml"))
        .forEach(
            file ->
                crds.put(Path.of(file).getFileName().toString(), git("show", tag + ":" + file)));
    return crds;
  }

  private String git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", checkout.toString()));
    command.addAll(List.of(arguments));
    try {
      Process git = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (git.waitFor() != 0) {
        throw new IllegalStateException("failed to " + command + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
