package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.SecretTypes;
import dev.ipfstee.operator.credential.Judged.Usable;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The Secret that carries what one fetch is given: a copy of what it needs and no more, named after
 * its Job and owned by it, so that it goes with it. The Job comes first, since an owner must exist;
 * its pod can't start before the Secret is there, and {@link FetchPlan#supply} makes up for a
 * Secret that an operator was killed before it could create.
 */
final class FetchCredentials {
  /** The name that the admission policy node-programs allows. */
  private static final String VOLUME = "credentials";

  private static final String DIRECTORY = "/run/ipfs-tee/credentials";

  /** Read by the one user of the pod, who owns nothing in it. */
  private static final int READ_ONLY = 0444;

  private FetchCredentials() {}

  /** Where the fetch finds the file. */
  static String path(Usable file) {
    return DIRECTORY + "/" + file.file();
  }

  static Volume volume(String job) {
    return new VolumeBuilder()
        .withName(VOLUME)
        .withNewSecret()
        .withSecretName(job)
        .withDefaultMode(READ_ONLY)
        .endSecret()
        .build();
  }

  static VolumeMount mount() {
    return new VolumeMountBuilder()
        .withName(VOLUME)
        .withMountPath(DIRECTORY)
        .withReadOnly(true)
        .build();
  }

  /**
   * @param job as the API server has it, with its UID
   */
  static Secret secret(FetchTask task, Job job) {
    Map<String, String> labels = new HashMap<>(ManagedLabels.of(ManagedLabels.COMPONENT_FETCH));
    labels.put(ApiLabels.IMAGE_UID, task.imageUid());
    return new SecretBuilder()
        .withNewMetadata()
        .withName(job.getMetadata().getName())
        .withNamespace(job.getMetadata().getNamespace())
        .withLabels(labels)
        .withOwnerReferences(OwnerRefs.shared(job))
        .endMetadata()
        .withType(SecretTypes.FETCH_TYPE)
        .withImmutable(true)
        .withStringData(
            task.credentials().stream().collect(Collectors.toMap(Usable::file, Usable::content)))
        .build();
  }
}
