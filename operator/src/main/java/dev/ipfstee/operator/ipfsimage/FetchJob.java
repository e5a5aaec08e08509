package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.operator.config.Durations;
import dev.ipfstee.operator.config.OperatorConfig.Fetcher;
import dev.ipfstee.operator.kubernetes.InputHash;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.kubernetes.PodHardening;
import dev.ipfstee.operator.kubernetes.ResourceNames;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The Job that fills one node's store with one image, once. It is created and never changed:
 * another attempt, or other inputs, are another Job. It can't be owned by its IpfsImage, which
 * lives in another namespace, and carries that image's UID instead.
 */
final class FetchJob {
  /** For the start of the pod, and for the fetcher's own end at its timeout, report included. */
  private static final Duration GRACE = Duration.ofMinutes(2);

  static final String CONTAINER = "image-fetcher";

  private FetchJob() {}

  /**
   * @param namespace of the node programs
   * @param attempt on that node, from 1
   */
  static Job build(FetchTask task, String namespace, String node, int attempt) {
    String hash = task.hash();
    String name = name(task, hash, node, attempt);
    Map<String, String> labels = new HashMap<>(ManagedLabels.of(ManagedLabels.COMPONENT_FETCH));
    labels.put(ApiLabels.IMAGE_UID, task.imageUid());
    labels.put(ApiLabels.ATTEMPT, Integer.toString(attempt));
    labels.put(ManagedLabels.INPUTS, hash);
    if (!task.request().isEmpty()) {
      labels.put(ApiLabels.REQUEST, task.request());
    }
    Map<String, String> annotations =
        Map.of(ApiAnnotations.IMAGE, task.image(), ApiAnnotations.NODE, node);
    Duration deadline = Durations.parse(task.limits().timeout()).plus(GRACE);
    return new JobBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withNewSpec()
        // The operator decides about another attempt: it sees the reason, the Job controller
        // doesn't.
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(deadline.toSeconds())
        .withTtlSecondsAfterFinished(
            Math.toIntExact(task.fetcher().attempts().timeToLive().toSeconds()))
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withSpec(
            task.credentials().isEmpty() ? pod(task, node) : withCredentials(name, pod(task, node)))
        .endTemplate()
        .endSpec()
        .build();
  }

  private static String name(FetchTask task, String hash, String node, int attempt) {
    String imageName = task.image().substring(task.image().indexOf('/') + 1);
    String number = Integer.toString(attempt);
    return ResourceNames.fetchJob(
        imageName,
        task.request().isEmpty()
            ? InputHash.of(hash, node, number)
            : InputHash.of(hash, node, number, task.request()));
  }

  private static PodSpec pod(FetchTask task, String node) {
    Fetcher fetcher = task.fetcher();
    return new PodSpecBuilder()
        .withRestartPolicy("Never")
        .withServiceAccountName(fetcher.serviceAccountName())
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withImagePullSecrets(
            fetcher.imagePullSecrets().stream().map(LocalObjectReference::new).toList())
        .withSecurityContext(PodHardening.pod())
        .withAffinity(on(node))
        .withTolerations(fetcher.tolerations())
        .addNewContainer()
        .withName(CONTAINER)
        .withImage(fetcher.image())
        .withImagePullPolicy(fetcher.imagePullPolicy())
        .withArgs(task.arguments())
        .withNewResources()
        .withRequests(fetcher.resources().requests())
        .withLimits(fetcher.resources().limits())
        .endResources()
        .withSecurityContext(PodHardening.container())
        .addNewVolumeMount()
        .withName("store")
        .withMountPath(fetcher.store())
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .endContainer()
        .addNewVolume()
        .withName("store")
        .withNewHostPath()
        .withPath(fetcher.store())
        // The registry's init container makes it, with the right owner; a kubelet would make it
        // root's.
        .withType("Directory")
        .endHostPath()
        .endVolume()
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .withNewSizeLimit("64Mi")
        .endEmptyDir()
        .endVolume()
        .build();
  }

  private static PodSpec withCredentials(String job, PodSpec pod) {
    return new PodSpecBuilder(pod)
        .addToVolumes(FetchCredentials.volume(job))
        .editFirstContainer()
        .addToVolumeMounts(FetchCredentials.mount())
        .endContainer()
        .build();
  }

  /** Required affinity and not a node name, so that the scheduler checks taints and resources. */
  private static Affinity on(String node) {
    return new AffinityBuilder()
        .withNewNodeAffinity()
        .withNewRequiredDuringSchedulingIgnoredDuringExecution()
        .addNewNodeSelectorTerm()
        .addNewMatchField()
        .withKey("metadata.name")
        .withOperator("In")
        .withValues(node)
        .endMatchField()
        .endNodeSelectorTerm()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endNodeAffinity()
        .build();
  }
}
