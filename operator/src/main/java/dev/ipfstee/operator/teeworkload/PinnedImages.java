package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the containers of a Deployment are pinned to. Pure. */
final class PinnedImages {
  /** As the node registry is asked: {@code HOST/ipfs/CID@ALGORITHM:HEX}. */
  private static final Pattern REFERENCE =
      Pattern.compile(".+/ipfs/([a-z0-9]+)@(sha(?:256|512):[0-9a-f]+)");

  private PinnedImages() {}

  static List<PinnedImage> of(Deployment deployment) {
    PodSpec pod = deployment.getSpec().getTemplate().getSpec();
    return Stream.concat(pod.getContainers().stream(), pod.getInitContainers().stream())
        .flatMap(PinnedImages::pinned)
        .toList();
  }

  private static Stream<PinnedImage> pinned(Container container) {
    Matcher reference = REFERENCE.matcher(String.valueOf(container.getImage()));
    return reference.matches()
        ? Stream.of(
            new PinnedImage(
                container.getName(), reference.group(1), reference.group(2), container.getImage()))
        : Stream.empty();
  }
}
