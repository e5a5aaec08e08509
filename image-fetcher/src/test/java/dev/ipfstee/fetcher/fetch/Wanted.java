package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.ContentReference;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.oci.RefName;
import dev.ipfstee.fetcher.verify.LintMode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A request with the defaults of the command line, for linux/amd64. */
record Wanted(
    String reference,
    Optional<Layout> layout,
    Optional<RefName> name,
    List<String> platforms,
    boolean anyPlatform,
    Optional<Digest> digest,
    long maxBytes,
    int maxLayers,
    LintMode lint) {

  static Wanted of(Cid cid) {
    return of("ipfs://" + cid);
  }

  static Wanted of(String reference) {
    return new Wanted(
        reference,
        Optional.empty(),
        Optional.empty(),
        List.of("linux/amd64"),
        false,
        Optional.empty(),
        10L << 30,
        256,
        LintMode.ENFORCE);
  }

  Wanted as(Layout only) {
    return new Wanted(
        reference,
        Optional.of(only),
        name,
        platforms,
        anyPlatform,
        digest,
        maxBytes,
        maxLayers,
        lint);
  }

  Wanted platforms(String... names) {
    return new Wanted(
        reference,
        layout,
        name,
        Arrays.asList(names),
        anyPlatform,
        digest,
        maxBytes,
        maxLayers,
        lint);
  }

  Wanted anyPlatformOf(String... names) {
    return new Wanted(
        reference, layout, name, Arrays.asList(names), true, digest, maxBytes, maxLayers, lint);
  }

  Wanted named(String text) {
    Optional<RefName> only = Optional.of(new RefName(text));
    return new Wanted(
        reference, layout, only, platforms, anyPlatform, digest, maxBytes, maxLayers, lint);
  }

  Wanted expecting(Digest expected) {
    return new Wanted(
        reference,
        layout,
        name,
        platforms,
        anyPlatform,
        Optional.of(expected),
        maxBytes,
        maxLayers,
        lint);
  }

  Wanted atMost(long bytes) {
    return new Wanted(
        reference, layout, name, platforms, anyPlatform, digest, bytes, maxLayers, lint);
  }

  Wanted layersAtMost(int layers) {
    return new Wanted(
        reference, layout, name, platforms, anyPlatform, digest, maxBytes, layers, lint);
  }

  Wanted lint(LintMode mode) {
    return new Wanted(
        reference, layout, name, platforms, anyPlatform, digest, maxBytes, maxLayers, mode);
  }

  FetchRequest toRequest() {
    return new FetchRequest(
        ContentReference.parse(reference),
        layout,
        name,
        platforms.stream().map(Platform::parse).toList(),
        anyPlatform,
        digest,
        maxBytes,
        maxLayers,
        lint);
  }
}
