package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.operator.reference.ImageName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One container and what it shall run.
 *
 * @param container its name
 * @param name what the template's image field says
 * @param ipfsImage the IpfsImage that it runs: named in spec.images, or ours for a reference in the
 *     template; empty for a registry image
 * @param ours whether the IpfsImage is made by the operator
 */
record ImageUse(String container, ImageName name, Optional<String> ipfsImage, boolean ours) {

  /**
   * The containers of these in words: {@code container 'app'}, {@code containers 'app', 'side'}.
   */
  static String containers(List<ImageUse> uses) {
    return uses.stream()
        .map(use -> "'" + use.container() + "'")
        .collect(Collectors.joining(", ", uses.size() > 1 ? "containers " : "container ", ""));
  }
}
