package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.teeworkload.PodDiagnosis.Diagnosis;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PodDiagnosisTest {
  private static final String PULLING = container("b", "waiting: {reason: %s, message: back-off}");

  @Test
  void isSilentAboutHealthyAndStartingPods() {
    assertThat(PodDiagnosis.of(List.of())).isEmpty();
    assertThat(
            PodDiagnosis.of(
                pods(
                    "metadata: {name: a}",
                    container("b", "running: {}"),
                    container("c", "waiting: {reason: ContainerCreating}"))))
        .isEmpty();
  }

  @Test
  void bothPhasesOfAPullThatFailsReadAlike() {
    Diagnosis diagnosis =
        new Diagnosis(
            Reason.ROLLOUT_PROGRESSING,
            "pod 'b', container 'app': image localhost:5050/ipfs/x can't be pulled yet");

    assertThat(PodDiagnosis.of(pods(PULLING.formatted("ErrImagePull")))).hasValue(diagnosis);
    assertThat(PodDiagnosis.of(pods(PULLING.formatted("ImagePullBackOff")))).hasValue(diagnosis);
  }

  @Test
  void whatIsWorseSpeaksFirst() {
    assertThat(
            PodDiagnosis.of(
                pods(
                    PULLING.formatted("ErrImagePull"),
                    container(
                        "c",
                        "waiting: {reason: CreateContainerConfigError, message: no secret 's'}"))))
        .hasValue(
            new Diagnosis(
                Reason.POD_FAILING,
                "pod 'c', container 'app': CreateContainerConfigError: no secret 's'"));
  }

  @Test
  void theSchedulersWordsComeUp() {
    assertThat(
            PodDiagnosis.of(
                pods(
                    """
                    metadata: {name: a}
                    status:
                      conditions:
                      - type: PodScheduled
                        status: "False"
                        reason: Unschedulable
                        message: 0/2 nodes are available
                    """)))
        .hasValue(
            new Diagnosis(
                Reason.POD_FAILING, "pod 'a' can't be scheduled: 0/2 nodes are available"));
  }

  @Test
  void aPodThatIsGoingDoesNotCount() {
    List<Pod> pods = pods(PULLING.formatted("ErrImagePull"));
    pods.getFirst().getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    assertThat(PodDiagnosis.of(pods)).isEmpty();
  }

  private static String container(String pod, String state) {
    return """
    metadata: {name: %s}
    status:
      containerStatuses:
      - name: app
        image: localhost:5050/ipfs/x
        state: {%s}
    """
        .formatted(pod, state);
  }

  private static List<Pod> pods(String... yaml) {
    return Stream.of(yaml).map(text -> Serialization.unmarshal(text, Pod.class)).toList();
  }
}
