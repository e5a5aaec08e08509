package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Why pods aren't ready, in the words of scheduler and kubelet. Words that change from minute to
 * minute without anything new (back-off times) are left out, or the status would never rest. Pure.
 */
final class PodDiagnosis {
  /** The kubelet can't have the image: normal as long as the node's copy is under way. */
  private static final Set<String> PULLING =
      Set.of("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable");

  private static final Set<String> FAILING =
      Set.of(
          "CrashLoopBackOff",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "InvalidImageName",
          "ImageInspectError",
          "ErrImageNeverPull");

  private PodDiagnosis() {}

  /** What is wrong with the first pod, by name, with which something is; the worst kind first. */
  record Diagnosis(Reason reason, String message) {}

  static Optional<Diagnosis> of(List<Pod> pods) {
    List<Diagnosis> all =
        pods.stream()
            .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
            .filter(pod -> pod.getStatus() != null)
            .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
            .flatMap(PodDiagnosis::ofPod)
            .toList();
    return Stream.of(Reason.POD_FAILING, Reason.ROLLOUT_PROGRESSING)
        .flatMap(reason -> all.stream().filter(diagnosis -> diagnosis.reason() == reason))
        .findFirst();
  }

  private static Stream<Diagnosis> ofPod(Pod pod) {
    String name = pod.getMetadata().getName();
    Stream<Diagnosis> scheduling =
        conditions(pod.getStatus())
            .filter(condition -> "PodScheduled".equals(condition.getType()))
            .filter(condition -> "False".equals(condition.getStatus()))
            .map(
                condition ->
                    new Diagnosis(
                        Reason.POD_FAILING,
                        "pod '%s' can't be scheduled: %s"
                            .formatted(name, text(condition.getMessage(), condition.getReason()))));
    Stream<Diagnosis> containers =
        Stream.concat(
                pod.getStatus().getInitContainerStatuses().stream(),
                pod.getStatus().getContainerStatuses().stream())
            .map(status -> ofContainer(name, status))
            .filter(Objects::nonNull);
    return Stream.concat(scheduling, containers);
  }

  private static Stream<PodCondition> conditions(PodStatus status) {
    return status.getConditions().stream();
  }

  private static Diagnosis ofContainer(String pod, ContainerStatus status) {
    ContainerState state = status.getState();
    if (state == null || state.getWaiting() == null) {
      return null;
    }
    String reason = text(state.getWaiting().getReason(), "");
    if (PULLING.contains(reason)) {
      return new Diagnosis(
          Reason.ROLLOUT_PROGRESSING,
          "pod '%s', container '%s': image %s can't be pulled yet"
              .formatted(pod, status.getName(), status.getImage()));
    }
    if (!FAILING.contains(reason)) {
      return null;
    }
    return new Diagnosis(
        Reason.POD_FAILING,
        "pod '%s', container '%s': %s: %s"
            .formatted(pod, status.getName(), reason, cause(reason, status)));
  }

  /** For a crash how it ended; its waiting message is only about the back-off. */
  private static String cause(String reason, ContainerStatus status) {
    ContainerStateTerminated last =
        status.getLastState() == null ? null : status.getLastState().getTerminated();
    if (last != null) {
      return "it ended with exit code %d (%s)%s"
          .formatted(
              last.getExitCode(),
              text(last.getReason(), "Error"),
              last.getMessage() == null ? "" : ": " + last.getMessage().strip());
    }
    return reason.equals("CrashLoopBackOff")
        ? "it keeps ending"
        : text(status.getState().getWaiting().getMessage(), "no message");
  }

  private static String text(String value, String otherwise) {
    return value == null || value.isBlank() ? otherwise : value;
  }
}
