package dev.ipfstee.operator.application;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The names of metrics: those that a scrape shows, and those that docs/metrics.md explains. */
final class ExposedMetrics {
  private static final Path PAGE = Path.of("../docs/metrics.md");
  private static final Pattern SHOWN = Pattern.compile("(?m)^# TYPE (\\S+) (\\w+)");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9_]+\\*?)`");

  private ExposedMetrics() {}

  /** As samples are called: the format that was scraped leaves the end of counters' names out. */
  static Set<String> in(String scrape) {
    return names(
        SHOWN, scrape, type -> type.group(1) + ("counter".equals(type.group(2)) ? "_total" : ""));
  }

  /** One that ends with {@code *} stands for all that begin so. */
  static Set<String> documented(String heading) {
    try {
      String[] sections = Files.readString(PAGE).split("(?m)^## ");
      for (String section : sections) {
        if (section.startsWith(heading + "\n")) {
          return names(ROW, section, row -> row.group(1));
        }
      }
      throw new IllegalStateException(PAGE + " has no section '" + heading + "'");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is shown and not explained. */
  static Set<String> unexplained(Set<String> shown, Set<String> documented) {
    Set<String> left = new TreeSet<>(shown);
    left.removeIf(name -> documented.stream().anyMatch(row -> covers(row, name)));
    return left;
  }

  /** What is explained and not shown. */
  static Set<String> unknown(Set<String> shown, Set<String> documented) {
    Set<String> left = new TreeSet<>(documented);
    left.removeIf(row -> shown.stream().anyMatch(name -> covers(row, name)));
    return left;
  }

  private static boolean covers(String row, String name) {
    return row.endsWith("*")
        ? name.startsWith(row.substring(0, row.length() - 1))
        : row.equals(name) || (row + "_max").equals(name);
  }

  private static Set<String> names(
      Pattern pattern, String text, Function<MatchResult, String> name) {
    return pattern.matcher(text).results().map(name).collect(Collectors.toCollection(TreeSet::new));
  }
}
