package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official suite of the distribution specification, for a registry that is only pulled from.
 */
class ConformanceIT {
  private static final TestImage IMAGE = TestImage.of(3, 100_000);
  private static final String CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
  private static final Digest SUBJECT = IMAGE.amd64().manifest().digest();

  @TempDir Path temp;

  @Test
  void pullsTagsAndReferrersConform() throws Exception {
    Path root = temp.resolve("store");
    TestImage.Blob index;
    TestImage.Blob referrer;
    try (BlobStore store = BlobStore.open(root)) {
      IMAGE.store(store, IMAGE.amd64());
      TestImage.Blob empty = TestImage.write(store, "{}");
      referrer =
          TestImage.write(
              store,
              "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"artifactType\":\"application/example\",\"config\":%s,\"layers\":[%s],\"subject\":%s}"
                  .formatted(
                      MediaTypes.OCI_MANIFEST,
                      TestImage.descriptor("application/vnd.oci.empty.v1+json", empty),
                      TestImage.descriptor("application/vnd.oci.empty.v1+json", empty),
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, IMAGE.amd64().manifest())));
      index =
          TestImage.write(
              store,
              "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s,%s]}"
                  .formatted(
                      MediaTypes.OCI_INDEX,
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, IMAGE.amd64().manifest()),
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, referrer)));
      store.addImage(
          new StoredImage(
              index.digest(),
              MediaTypes.OCI_INDEX,
              index.size(),
              CID,
              "ipfs://" + CID,
              "OciLayout",
              List.of("linux/amd64"),
              1));
    }
    try (RunningRegistry registry = new RunningRegistry(root)) {
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put("OCI_REGISTRY", registry.hostAndPort());
      settings.put("OCI_TLS", "disabled");
      settings.put("OCI_REPO1", "ipfs/" + CID);
      // Below a file, where it can make none: the suite crashes when it writes files about data
      // that
      // it didn't make itself. What it prints before is all that counts.
      settings.put("OCI_RESULTS_DIR", root.resolve("oci-layout").resolve("none").toString());
      settings.put("OCI_API_PUSH", "false");
      settings.put("OCI_API_BLOBS_DELETE", "false");
      settings.put("OCI_API_MANIFESTS_DELETE", "false");
      settings.put("OCI_API_TAGS_DELETE", "false");
      settings.put("OCI_API_BLOBS_DIGEST_HEADER", "true");
      // Not for manifests: of those that it didn't push, the suite drops the answer to HEAD before
      // it
      // looks for the header. Below it is looked for.
      settings.put("OCI_RO_DATA_TAGS", "latest");
      settings.put("OCI_RO_DATA_MANIFESTS", index.digest() + " " + SUBJECT);
      settings.put("OCI_RO_DATA_REFERRERS", SUBJECT + " " + index.digest());
      settings.put(
          "OCI_RO_DATA_BLOBS",
          Stream.concat(Stream.of(IMAGE.amd64().config()), IMAGE.amd64().layers().stream())
              .map(blob -> blob.digest().toString())
              .collect(Collectors.joining(" ")));

      String printed = Programs.run(settings, Programs.tool("conformance"));

      assertThat(printed).contains("OCI Conformance Result: Pass");
      for (String reference : List.of("latest", index.digest().toString(), SUBJECT.toString())) {
        String path = "/v2/ipfs/" + CID + "/manifests/" + reference;
        for (String method : List.of("HEAD", "GET")) {
          assertThat(registry.send(method, path).headers().firstValue("docker-content-digest"))
              .contains(reference.equals("latest") ? index.digest().toString() : reference);
        }
      }
      assertThat(RunningRegistry.text(registry.get("/v2/ipfs/" + CID + "/referrers/" + SUBJECT)))
          .contains(referrer.digest().toString());
    }
  }
}
