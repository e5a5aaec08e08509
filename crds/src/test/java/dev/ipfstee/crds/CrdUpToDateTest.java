package dev.ipfstee.crds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.testing.ApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Guards the committed CRDs, and the reference made of them. With {@code -Dcrds.write=true} it
 * writes them first, which is what {@code make crds} does.
 */
class CrdUpToDateTest {
  private static final Path API_REFERENCE = Path.of("../docs/api.md");

  @Test
  void committedCrdsAreThoseOfTheJavaTypes() throws IOException {
    if (Boolean.getBoolean("crds.write")) {
      write();
    }
    Map<String, String> committed = new TreeMap<>();
    for (Path file : ApiServer.crdManifests()) {
      committed.put(file.getFileName().toString(), Files.readString(file));
    }

    assertThat(committed)
        .as("crds/manifests is out of date: run \"make crds\" and commit what it writes")
        .isEqualTo(CrdGenerator.generate());
  }

  @Test
  void apiReferenceIsThatOfTheCrds() throws IOException {
    String reference = ApiReference.of(CrdGenerator.generate());
    if (Boolean.getBoolean("crds.write")) {
      Files.writeString(API_REFERENCE, reference);
    }

    assertThat(Files.readString(API_REFERENCE))
        .as("docs/api.md is out of date: run \"make crds\" and commit what it writes")
        .isEqualTo(reference);
  }

  @Test
  void crdsAreSmallEnoughToBeAppliedByAnyClient() {
    // kubectl apply keeps the whole object in an annotation of at most 256 KiB.
    assertThat(CrdGenerator.generate().values())
        .allSatisfy(yaml -> assertThat(yaml.length()).isLessThan(100_000));
  }

  private static void write() throws IOException {
    Path directory = Files.createDirectories(Path.of("manifests"));
    for (Map.Entry<String, String> crd : CrdGenerator.generate().entrySet()) {
      Files.writeString(directory.resolve(crd.getKey()), crd.getValue());
    }
  }
}
