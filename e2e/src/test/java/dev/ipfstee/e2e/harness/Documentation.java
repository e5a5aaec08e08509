package dev.ipfstee.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The commands of the documentation, run as people copy them. */
public final class Documentation {
  private static final Pattern COMMANDS =
      Pattern.compile("^```sh\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private Documentation() {}

  /** All blocks of commands of a page, in their order. */
  public static List<String> blocks(String page) {
    try {
      String text = Files.readString(Script.CHECKOUT.resolve(page));
      return COMMANDS.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one block of a page that has this text in it. */
  public static String block(String page, String text) {
    List<String> found = blocks(page).stream().filter(block -> block.contains(text)).toList();
    if (found.size() != 1) {
      throw new AssertionError(
          "%s has %d blocks of commands with '%s'".formatted(page, found.size(), text));
    }
    return found.getFirst();
  }

  /**
   * Runs a block to its end in the checkout, each of its commands having to succeed.
   *
   * @param placeholders what a reader puts in the place of what
   * @return what it printed
   */
  public static String run(String block, Map<String, String> placeholders) {
    // What kubectl remembers of the kinds may be from before an installation.
    String commands = "export KUBECACHEDIR=$(mktemp -d)\ntrap 'rm -r $KUBECACHEDIR' EXIT\n" + block;
    for (Map.Entry<String, String> entry : placeholders.entrySet()) {
      commands = commands.replace(entry.getKey(), entry.getValue());
    }
    return Script.command(List.of("bash", "-euo", "pipefail", "-c", commands));
  }
}
