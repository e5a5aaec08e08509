package dev.ipfstee.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Objects as the operator reports on them, kept as files: the health checks for Argo CD and Flux
 * are tested on these. With {@code -Dhealth.write=true} they are written first, which is what
 * {@code make health} does.
 */
public final class HealthDocuments {
  private static final Path CHECKS =
      Path.of("../docs/gitops/argocd/resource_customizations/ipfstee.dev");

  private HealthDocuments() {}

  /** Fails when the kept file {@code name} isn't this object. */
  public static void check(HasMetadata object, String name) throws IOException {
    String yaml = Serialization.asYaml(object);
    Path file = CHECKS.resolve(object.getKind()).resolve("testdata").resolve(name + ".yaml");
    if (Boolean.getBoolean("health.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, yaml);
    }
    assertThat(file).as("run \"make health\" and commit what it writes").exists().hasContent(yaml);
  }
}
