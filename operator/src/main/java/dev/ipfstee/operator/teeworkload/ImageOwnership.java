package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the IpfsImages of a workload, and lets go of those that it needs no more. Several workloads
 * may own one; each adds and removes its own owner reference under a field manager of its own, so
 * that no two of them can undo each other's. The last one that lets go removes the object; when
 * owners are deleted, garbage collection does.
 */
final class ImageOwnership {
  private final KubernetesClient client;

  ImageOwnership(KubernetesClient client) {
    this.client = client;
  }

  /** Makes what is missing and owns what is used. */
  void claim(TeeWorkloadInputs inputs) {
    Map<String, IpfsImage> wanted =
        ReferencedImages.ours(inputs.uses(), inputs.workload().getMetadata().getNamespace());
    wanted.forEach(
        (name, image) -> {
          IpfsImage existing = inputs.images().get(name);
          if (existing == null) {
            existing = create(image);
          }
          if (!owns(inputs.workload(), existing)) {
            applyOwners(inputs.workload(), existing, List.of(OwnerRefs.shared(inputs.workload())));
          }
        });
  }

  /** Lets go of what neither the spec nor a revision that can be rolled back to refers to. */
  void release(TeeWorkloadInputs inputs) {
    Set<String> wanted =
        ReferencedImages.ours(inputs.uses(), inputs.workload().getMetadata().getNamespace())
            .keySet();
    Set<String> references = inputs.referencesInUse();
    for (IpfsImage image : inputs.ownImages()) {
      if (!wanted.contains(image.getMetadata().getName()) && !referred(image, references)) {
        letGo(inputs.workload(), image);
      }
    }
  }

  private static boolean referred(IpfsImage image, Set<String> references) {
    return image.getStatus() != null
        && image.getStatus().reference() != null
        && references.contains(image.getStatus().reference());
  }

  private void letGo(TeeWorkload workload, IpfsImage image) {
    if (image.getMetadata().getOwnerReferences().size() > 1) {
      applyOwners(workload, image, List.of());
      return;
    }
    // Not if another workload has become an owner meanwhile.
    client.resource(image).lockResourceVersion(image.getMetadata().getResourceVersion()).delete();
  }

  private IpfsImage create(IpfsImage image) {
    try {
      return client.resource(image).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Another workload was faster, or the cache is behind.
      return client.resource(image).require();
    }
  }

  private void applyOwners(TeeWorkload workload, IpfsImage image, List<OwnerReference> owners) {
    IpfsImage intent = new IpfsImage();
    intent.setMetadata(
        new ObjectMetaBuilder()
            .withName(image.getMetadata().getName())
            .withNamespace(image.getMetadata().getNamespace())
            .withUid(image.getMetadata().getUid())
            .withOwnerReferences(owners)
            .build());
    client
        .resource(intent)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(
                    ApiLabels.MANAGED_BY_OPERATOR + "-" + workload.getMetadata().getUid())
                .withForce(true)
                .build());
  }

  static boolean owns(TeeWorkload workload, IpfsImage image) {
    return image.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> workload.getMetadata().getUid().equals(owner.getUid()));
  }
}
