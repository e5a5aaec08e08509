package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.store.JsonTree;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** One JSON object per line, safe to print whatever is in it. Thread-safe. */
final class JsonLog {
  private final PrintStream out;
  private final InstantSource clock;

  JsonLog(PrintStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  void info(String message, Map<String, ?> fields) {
    line("INFO", message, fields);
  }

  void warn(String message, Map<String, ?> fields) {
    line("WARN", message, fields);
  }

  private void line(String level, String message, Map<String, ?> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", clock.instant().toString());
    line.put("level", level);
    line.put("message", message);
    new TreeMap<>(fields)
        .forEach((key, value) -> line.put(key, Printable.escape(String.valueOf(value), 1000)));
    out.println(new String(JsonTree.bytes(line), StandardCharsets.UTF_8));
  }
}
