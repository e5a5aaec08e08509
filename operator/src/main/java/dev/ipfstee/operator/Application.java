package dev.ipfstee.operator;

import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.event.EventPublisher;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What all parts share: configuration, time, and a voice. */
@ApplicationScoped
public class Application {

  /** From the file that {@code IPFS_TEE_CONFIG} names. */
  @Produces
  @Singleton
  OperatorConfig config(
      @ConfigProperty(name = "ipfs.tee.config", defaultValue = "/etc/ipfs-tee-operator/config.yaml")
          Path file) {
    return ConfigFile.read(file);
  }

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  EventPublisher events(
      KubernetesClient client,
      Clock clock,
      @ConfigProperty(name = "hostname") Optional<String> pod) {
    return new EventPublisher(client, clock, pod.orElse("ipfs-tee-operator"));
  }
}
