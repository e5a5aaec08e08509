package dev.ipfstee.crds;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import io.fabric8.crdv2.generator.CRDGenerator;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Generates the CRDs from the Java types. {@link CrdUpToDateTest} writes them. */
final class CrdGenerator {
  private static final String HEADER =
      "# Generated from the Java types of crds/src/main/java by \"make crds\". Don't edit.\n";

  private CrdGenerator() {}

  /** File name to YAML. */
  static Map<String, String> generate() {
    Map<String, ByteArrayOutputStream> written = new TreeMap<>();
    new CRDGenerator()
        .customResourceClasses(IpfsImage.class, TeeWorkload.class)
        .forCRDVersions("v1")
        .withPostProcessor(new CrdPostProcessor())
        .withOutput(new InMemory(written))
        .generate();
    Map<String, String> files = new TreeMap<>();
    written.forEach((name, bytes) -> files.put(fileName(name), HEADER + body(bytes)));
    return files;
  }

  private static String fileName(String crd) {
    return crd.replaceFirst("-v1(\\.yml)?$", "") + ".yaml";
  }

  private static String body(ByteArrayOutputStream bytes) {
    String yaml = bytes.toString(StandardCharsets.UTF_8);
    return yaml.lines()
        .filter(line -> !line.startsWith("#") && !line.equals("---"))
        .reduce("", (all, line) -> all + line + "\n");
  }

  private record InMemory(Map<String, ByteArrayOutputStream> written)
      implements CRDGenerator.CRDOutput<OutputStream> {
    @Override
    public OutputStream outputFor(String crd) {
      return written.computeIfAbsent(crd, name -> new ByteArrayOutputStream());
    }

    @Override
    public URI crdURI(String crd) {
      return URI.create("file:///" + crd);
    }

    @Override
    public void close() {}
  }
}
