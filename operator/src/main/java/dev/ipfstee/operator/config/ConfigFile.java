package dev.ipfstee.operator.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.ipfstee.operator.failure.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the configuration file. */
public final class ConfigFile {
  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .registerModule(new SimpleModule().addDeserializer(Duration.class, new DurationReader()));

  private ConfigFile() {}

  /**
   * @throws InvalidConfigurationException with one sentence that names file and key
   */
  public static OperatorConfig read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new InvalidConfigurationException(
          "failed to read the configuration '" + file + "': " + e, e);
    } catch (InvalidConfigurationException e) {
      throw new InvalidConfigurationException(
          "failed to use the configuration '" + file + "': " + e.getMessage(), e);
    }
  }

  /** As {@link #read}, from text. */
  public static OperatorConfig parse(String yaml) {
    Raw raw;
    // Not by FAIL_ON_TRAILING_TOKENS, which quantities take for the end of their own value.
    try (MappingIterator<Raw> documents = YAML.readerFor(Raw.class).readValues(yaml)) {
      raw = documents.hasNextValue() ? documents.nextValue() : null;
      OperatorConfig.check(!documents.hasNextValue(), "one YAML document is enough");
    } catch (JsonMappingException e) {
      throw cause(e);
    } catch (IOException e) {
      throw new InvalidConfigurationException(e.getMessage(), e);
    }
    OperatorConfig.check(raw != null && raw.fetcher != null, "fetcher is required");
    return new OperatorConfig(
        raw.namespaces == null ? new OperatorConfig.Namespaces(null, null) : raw.namespaces,
        raw.watchNamespaces == null ? Set.of() : new HashSet<>(raw.watchNamespaces),
        raw.fetcher,
        raw.registry == null ? new OperatorConfig.Registry(null, null, null) : raw.registry,
        raw.gateways == null ? List.of() : raw.gateways.stream().map(ConfigFile::listed).toList(),
        Profiles.of(raw.profiles == null ? Map.of() : raw.profiles));
  }

  private static ListedGateway listed(Gateway gateway) {
    OperatorConfig.check(gateway != null && gateway.url != null, "gateways[].url is required");
    try {
      return new ListedGateway(
          GatewayUrl.parse(gateway.url),
          Optional.ofNullable(gateway.tokenSecretName),
          Optional.ofNullable(gateway.caSecretName));
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationException(e.getMessage(), e);
    }
  }

  /** Jackson wraps what our own constructors throw; its own sentences are fine as they are. */
  private static InvalidConfigurationException cause(JsonMappingException e) {
    return e.getCause() instanceof InvalidConfigurationException ours
        ? ours
        : new InvalidConfigurationException(
            e.getOriginalMessage() + " at " + e.getPathReference(), e);
  }

  /** The file as it is written. */
  private record Raw(
      OperatorConfig.Namespaces namespaces,
      List<String> watchNamespaces,
      OperatorConfig.Fetcher fetcher,
      OperatorConfig.Registry registry,
      List<Gateway> gateways,
      Map<String, Profile> profiles) {}

  private record Gateway(String url, String tokenSecretName, String caSecretName) {}

  private static final class DurationReader extends StdDeserializer<Duration> {
    private static final long serialVersionUID = 1L;

    DurationReader() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      try {
        return Durations.parse(parser.getText());
      } catch (IllegalArgumentException e) {
        throw JsonMappingException.from(parser, e.getMessage(), e);
      }
    }
  }
}
