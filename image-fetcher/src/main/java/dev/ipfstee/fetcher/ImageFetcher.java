package dev.ipfstee.fetcher;

import dev.ipfstee.fetcher.command.AwaitRemovalCommand;
import dev.ipfstee.fetcher.command.CommandErrors;
import dev.ipfstee.fetcher.command.ExportCommand;
import dev.ipfstee.fetcher.command.FetchCommand;
import dev.ipfstee.fetcher.command.InspectCommand;
import dev.ipfstee.fetcher.command.PublishCommand;
import dev.ipfstee.fetcher.command.RemoveStoreCommand;
import dev.ipfstee.fetcher.command.ScrubCommand;
import dev.ipfstee.fetcher.command.SweepCommand;
import dev.ipfstee.fetcher.command.Version;
import dev.ipfstee.fetcher.registry.ServeCommand;
import dev.ipfstee.fetcher.store.PrepareStoreCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The image fetcher's program. */
@Command(
    name = "image-fetcher",
    description = "Fetch OCI images from IPFS, verified, and serve them to this node.",
    subcommands = {
      FetchCommand.class,
      InspectCommand.class,
      PublishCommand.class,
      ExportCommand.class,
      ServeCommand.class,
      ScrubCommand.class,
      SweepCommand.class,
      PrepareStoreCommand.class,
      RemoveStoreCommand.class,
      AwaitRemovalCommand.class
    },
    versionProvider = Version.class,
    mixinStandardHelpOptions = true)
public final class ImageFetcher {
  private ImageFetcher() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    CommandLine commandLine = new CommandLine(new ImageFetcher());
    CommandErrors.handle(commandLine);
    return commandLine.execute(args);
  }
}
