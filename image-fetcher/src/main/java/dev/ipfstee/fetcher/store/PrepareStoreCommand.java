package dev.ipfstee.fetcher.store;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code image-fetcher prepare-store}: what the registry's init container does, as root. */
@Command(
    name = "prepare-store",
    description =
        "Create a store's directories and give them to a user. Needs root with the capabilities"
            + " CHOWN and FOWNER.",
    mixinStandardHelpOptions = true)
public final class PrepareStoreCommand implements Callable<Integer> {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store's directory.")
  private Path store;

  @Option(
      names = "--owner",
      required = true,
      paramLabel = "UID:GID",
      converter = OwnerConverter.class,
      description = "The numeric user and group that fetch into the store and serve from it.")
  private StoreOwner owner;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public PrepareStoreCommand() {}

  /** Reads UID:GID. */
  static final class OwnerConverter implements ITypeConverter<StoreOwner> {
    @Override
    public StoreOwner convert(String value) {
      try {
        return StoreOwner.parse(value);
      } catch (IllegalArgumentException malformed) {
        throw new TypeConversionException(malformed.getMessage());
      }
    }
  }

  @Override
  public Integer call() {
    int changes = new StorePreparation(owner).prepare(store);
    spec.commandLine()
        .getErr()
        .println(
            changes == 0
                ? "the store '" + store + "' is ready, nothing to change"
                : "the store '" + store + "' is ready for " + owner + ", " + changes + " changes");
    return 0;
  }
}
