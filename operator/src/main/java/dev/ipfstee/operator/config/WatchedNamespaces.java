package dev.ipfstee.operator.config;

import dev.ipfstee.operator.failure.InvalidConfigurationException;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Tells the framework which namespaces to watch. It reads its own settings before anything of ours
 * is made, so this is a source of such settings, over our configuration file.
 */
public final class WatchedNamespaces implements ConfigSourceFactory {
  private static final String FILE = "ipfs.tee.config";
  private static final String NAMESPACES = "quarkus.operator-sdk.namespaces";

  /** Stronger than application.properties: two places to say the same would be one too many. */
  private static final int ORDINAL = 275;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue file = context.getValue(FILE);
    if (file == null || file.getValue() == null || !Files.exists(Path.of(file.getValue()))) {
      return List.of();
    }
    Set<String> namespaces = read(Path.of(file.getValue()));
    return namespaces.isEmpty()
        ? List.of()
        : List.of(
            new PropertiesConfigSource(
                Map.of(NAMESPACES, String.join(",", namespaces)), file.getValue(), ORDINAL));
  }

  private static Set<String> read(Path file) {
    try {
      return ConfigFile.read(file).watchNamespaces();
    } catch (InvalidConfigurationException e) {
      // Told, and the end of the start, when it is read in earnest.
      return Set.of();
    }
  }
}
