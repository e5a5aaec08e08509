package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the CID turned out to be. Once known it never changes: the content can't. */
record ResolvedImage(
    String cid, String layout, String digest, String mediaType, List<ImagePlatform> platforms) {
  ResolvedImage {
    platforms = List.copyOf(platforms);
  }

  static ResolvedImage of(FetchResult result) {
    return new ResolvedImage(
        result.cid(), result.layout(), result.digest(), result.mediaType(), result.platforms());
  }

  /** As an earlier pass has written it down. */
  static Optional<ResolvedImage> of(IpfsImageStatus status) {
    return status.digest() == null || status.cid() == null
        ? Optional.empty()
        : Optional.of(
            new ResolvedImage(
                status.cid(),
                status.layout(),
                status.digest(),
                status.mediaType(),
                status.platforms()));
  }

  Set<String> platformNames() {
    return platforms.stream().map(ImagePlatform::platform).collect(Collectors.toUnmodifiableSet());
  }
}
