package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.ContainerImage;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.TeeWorkloadSpec;
import dev.ipfstee.operator.kubernetes.InputHash;
import dev.ipfstee.operator.reference.ImageName;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which images a workload refers to, and the IpfsImages that the operator makes for them. Pure. */
final class ReferencedImages {
  private ReferencedImages() {}

  /** One entry per container and initContainer, in the order of the template. */
  static List<ImageUse> of(TeeWorkloadSpec spec) {
    Map<String, String> named =
        spec.images().stream()
            .collect(Collectors.toMap(ContainerImage::container, ContainerImage::ipfsImage));
    List<ImageUse> uses = new ArrayList<>();
    for (JsonNode container : Template.containers(spec.template())) {
      uses.add(use(container.path("name").asText(), container.path("image"), named));
    }
    return List.copyOf(uses);
  }

  private static ImageUse use(String container, JsonNode image, Map<String, String> named) {
    ImageName name = ImageName.parse(image.asText(null));
    if (named.containsKey(container)) {
      return new ImageUse(container, name, Optional.of(named.get(container)), false);
    }
    return name instanceof ImageName.Content content
        ? new ImageUse(container, name, Optional.of(nameOf(content)), true)
        : new ImageUse(container, name, Optional.empty(), false);
  }

  /** The name of the IpfsImage for that content: one per content and namespace. */
  static String nameOf(ImageName.Content content) {
    return "ipfs-" + InputHash.of(content.canonical());
  }

  /** The IpfsImages that the operator makes, by name. They have no owner yet. */
  static Map<String, IpfsImage> ours(List<ImageUse> uses, String namespace) {
    return uses.stream()
        .filter(ImageUse::ours)
        .map(use -> image((ImageName.Content) use.name(), namespace))
        .collect(
            Collectors.toMap(
                image -> image.getMetadata().getName(), Function.identity(), (one, same) -> one));
  }

  private static IpfsImage image(ImageName.Content content, String namespace) {
    IpfsImage image = new IpfsImage();
    image.setMetadata(
        new ObjectMetaBuilder()
            .withName(nameOf(content))
            .withNamespace(namespace)
            .withLabels(Map.of(ApiLabels.MANAGED_BY, ApiLabels.MANAGED_BY_OPERATOR))
            .withAnnotations(Map.of(ApiAnnotations.REFERENCE, content.reference()))
            .build());
    image.setSpec(IpfsImageSpec.of(content.reference()));
    return image;
  }

  /**
   * Whether an existing object is the one that we'd make: labelled as ours, and for the same
   * content. Anything else of that name is somebody's own.
   */
  static boolean isOurs(IpfsImage existing) {
    return ApiLabels.MANAGED_BY_OPERATOR.equals(
            Optional.ofNullable(existing.getMetadata().getLabels())
                .orElse(Map.of())
                .get(ApiLabels.MANAGED_BY))
        && ImageName.parse(existing.getSpec().source().uri()) instanceof ImageName.Content content
        && nameOf(content).equals(existing.getMetadata().getName());
  }
}
