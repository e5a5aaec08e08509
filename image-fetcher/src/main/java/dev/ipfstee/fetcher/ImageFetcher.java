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
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The image fetcher's program. */
@Command(
    name = "image-fetcher",
    description = "Fetch OCI images from IPFS, verified, and serve them to this node.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true)
public final class ImageFetcher {
  /** In the order in which the help lists them. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          FetchCommand.class,
          InspectCommand.class,
          PublishCommand.class,
          ExportCommand.class,
          ServeCommand.class,
          ScrubCommand.class,
          SweepCommand.class,
          PrepareStoreCommand.class,
          RemoveStoreCommand.class,
          AwaitRemovalCommand.class);

  private ImageFetcher() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    CommandLine commandLine = new CommandLine(new ImageFetcher());
    for (Class<?> command : commands(args)) {
      commandLine.addSubcommand(command);
    }
    CommandErrors.handle(commandLine);
    return commandLine.execute(args);
  }

  /** Only the one that is named, if one is: to look at the options of all takes its time. */
  private static List<Class<?>> commands(String... args) {
    List<Class<?>> named =
        COMMANDS.stream().filter(type -> args.length > 0 && name(type).equals(args[0])).toList();
    return named.isEmpty() ? COMMANDS : named;
  }

  private static String name(Class<?> type) {
    return type.getAnnotation(Command.class).name();
  }
}
