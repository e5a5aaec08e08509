package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Which workloads an IpfsImage concerns: those that name it or whose template refers to it. */
final class WorkloadsUsingImage {
  static final String INDEX = "images";

  private WorkloadsUsingImage() {}

  /** What a workload is found by: its images, as NAMESPACE/NAME. */
  static List<String> keys(TeeWorkload workload) {
    return imagesOf(workload).stream().map(WorkloadsUsingImage::key).toList();
  }

  /** The IpfsImages of a workload, also those that don't exist yet. */
  static Set<ResourceID> imagesOf(TeeWorkload workload) {
    return ReferencedImages.of(workload.getSpec()).stream()
        .flatMap(use -> use.ipfsImage().stream())
        .map(name -> new ResourceID(name, workload.getMetadata().getNamespace()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The workloads that an image concerns. */
  static Set<ResourceID> workloadsOf(IpfsImage image, IndexedResourceCache<TeeWorkload> workloads) {
    return workloads.byIndex(INDEX, key(ResourceID.fromResource(image))).stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String key(ResourceID id) {
    return id.getNamespace().orElse("") + "/" + id.getName();
  }
}
