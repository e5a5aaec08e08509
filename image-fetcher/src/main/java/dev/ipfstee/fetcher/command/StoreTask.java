package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What the commands have in common that an administrator runs on a store. */
final class StoreTask {
  private StoreTask() {}

  /**
   * Refuses a format that nothing is printed in.
   *
   * @param output the value of {@code --output}
   */
  static void checkOutput(CommandSpec spec, String output) {
    if (!output.equals("text") && !output.equals("json")) {
      throw new ParameterException(
          spec.commandLine(), "--output: expected text or json, found '" + output + "'");
    }
  }

  /**
   * Opens a store that is there. Elsewhere one that isn't is made; here that would call a typing
   * error a success.
   *
   * @param task the command's name
   * @throws FetchException {@link Reason#IO_ERROR}, and the reasons of {@link BlobStore#open(Path)}
   */
  static BlobStore open(Path store, String task) {
    if (!Files.isDirectory(store)) {
      throw new FetchException(
          Reason.IO_ERROR, "failed to " + task + " '" + store + "': there is no such directory");
    }
    return BlobStore.open(store);
  }

  /** Prints the result. */
  static void print(CommandSpec spec, String result) {
    spec.commandLine().getOut().println(result);
    spec.commandLine().getOut().flush();
  }
}
