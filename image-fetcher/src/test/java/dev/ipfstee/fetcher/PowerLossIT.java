package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a power loss may take is what the program hasn't asked the kernel to keep, so its system
 * calls are watched: nothing gets a name that is relied on before its bytes are durable, and no
 * name is relied on before it is durable itself.
 */
@Timeout(180)
class PowerLossIT {
  /** The end of a call, in one line or after others came between: its thread, name, arguments. */
  private static final Pattern CALL = Pattern.compile("(\\d+) +(\\w+)\\((.*)\\) += 0\\b.*");

  private static final Pattern UNFINISHED = Pattern.compile("(\\d+) +(.*) <unfinished \\.\\.\\.>");
  private static final Pattern RESUMED = Pattern.compile("(\\d+) +<\\.\\.\\. \\w+ resumed>(.*)");
  private static final Pattern DESCRIPTOR = Pattern.compile("\\d+<([^>]*)>.*");
  private static final Pattern NAME = Pattern.compile("\"([^\"]*)\"");

  @TempDir private Path directory;

  @Test
  void nothingIsVisibleBeforeItIsDurable() throws Exception {
    CommandBed bed = new CommandBed(directory);
    Path calls = directory.resolve("calls");
    try (bed) {
      HostileGateway gateway = bed.gateway();
      Part image = bed.image.image("linux/amd64", bed.image.layer(1, 5_000), bed.image.layer(2, 9));
      Cid layout = bed.image.layout(image);
      List<String> strace =
          List.of(
              "strace",
              "--follow-forks",
              "--decode-fds=path",
              "--string-limit=4096",
              "--trace=fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat",
              "--output=" + calls);
      try (ProgramProcess fetch =
          new ProgramProcess(directory, strace, bed.fetch(gateway, "ipfs://" + layout))) {
        assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
      }
    }
    Kept kept = new Kept(bed.store.toRealPath());
    for (String call : finished(Files.readAllLines(calls))) {
      Matcher parts = CALL.matcher(call);
      if (parts.matches()) {
        kept.saw(parts.group(2), parts.group(3));
      }
    }
    // Two layers, config and manifest; and index.json empty at first, then with the image.
    assertThat(kept.blobs).isEqualTo(4);
    assertThat(kept.indexes).isEqualTo(2);
    assertThat(kept.names).as("names that a power loss may still take").isEmpty();
  }

  /** The calls in the order in which they ended, each in one line. */
  private static List<String> finished(List<String> lines) {
    Map<String, String> begun = new HashMap<>();
    List<String> calls = new ArrayList<>();
    for (String line : lines) {
      Matcher unfinished = UNFINISHED.matcher(line);
      Matcher resumed = RESUMED.matcher(line);
      if (unfinished.matches()) {
        begun.put(unfinished.group(1), line.substring(0, line.indexOf(" <unfinished")));
      } else if (resumed.matches()) {
        calls.add(begun.remove(resumed.group(1)) + resumed.group(2));
      } else {
        calls.add(line);
      }
    }
    return calls;
  }

  /** What the kernel has been asked to keep. */
  private static final class Kept {
    private final Path root;
    private final Set<Path> contents = new HashSet<>();
    private final Set<Path> names = new LinkedHashSet<>();
    private int blobs;
    private int indexes;

    Kept(Path root) {
      this.root = root;
    }

    void saw(String call, String arguments) throws IOException {
      Matcher descriptor = DESCRIPTOR.matcher(arguments);
      if (call.endsWith("sync") && descriptor.matches()) {
        Path synced = Path.of(descriptor.group(1));
        contents.add(synced);
        names.removeIf(name -> synced.equals(name.getParent()));
        return;
      }
      List<Path> paths = new ArrayList<>();
      Matcher name = NAME.matcher(arguments);
      while (name.find()) {
        paths.add(Path.of(name.group(1)));
      }
      if (call.startsWith("mkdir")) {
        made(paths.get(0));
      } else if (call.startsWith("rename")) {
        renamed(paths.get(0), paths.get(1));
      }
    }

    private void made(Path name) {
      if (name.startsWith(root) && !name.startsWith(root.resolve("ingest"))) {
        names.add(name);
      }
    }

    private void renamed(Path from, Path to) {
      if (!to.startsWith(root) || to.startsWith(root.resolve("ingest"))) {
        return;
      }
      assertThat(contents).as(to + " is visible before its bytes are durable").contains(from);
      if (to.equals(root.resolve("index.json"))) {
        assertThat(names).as("names that index.json relies on before they are durable").isEmpty();
        indexes++;
      } else if (to.startsWith(root.resolve("blobs"))) {
        blobs++;
      }
      names.add(to);
    }
  }
}
