package dev.ipfstee.operator.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConditionsTest {
  private static final Clock NOON = at("2026-01-01T12:00:00Z");
  private static final Clock LATER = at("2026-01-01T13:00:00Z");

  private static Clock at(String instant) {
    return Clock.fixed(Instant.parse(instant), ZoneOffset.UTC);
  }

  @Test
  void theTransitionTimeMovesOnlyWithTheStatus() {
    List<Condition> before =
        new Conditions(List.of(), 1L, NOON)
            .isFalse(ConditionTypes.VERIFIED, Reason.DISK_FULL, "one")
            .build();

    List<Condition> otherWords =
        new Conditions(before, 2L, LATER)
            .isFalse(ConditionTypes.VERIFIED, Reason.IO_ERROR, "two")
            .build();
    List<Condition> otherStatus =
        new Conditions(before, 2L, LATER)
            .isTrue(ConditionTypes.VERIFIED, Reason.SUCCEEDED, "three")
            .build();

    assertThat(otherWords)
        .extracting(Condition::getLastTransitionTime)
        .containsExactly("2026-01-01T12:00:00Z");
    assertThat(otherStatus)
        .extracting(Condition::getLastTransitionTime)
        .containsExactly("2026-01-01T13:00:00Z");
  }

  @Test
  void abnormalConditionsGoWithTheirCause() {
    List<Condition> stalled =
        new Conditions(List.of(), 1L, NOON).summary(Reason.BLOCK_MISMATCH, "lied").build();

    List<Condition> cured =
        new Conditions(stalled, 1L, LATER).summary(Reason.SUCCEEDED, "fine").build();

    assertThat(Conditions.isTrue(stalled, ConditionTypes.STALLED)).isTrue();
    assertThat(cured).extracting(Condition::getType).containsExactly(ConditionTypes.READY);
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void everySummaryReadsToKstatusAsItsReasonMeans(Reason reason) {
    IpfsImage image = new IpfsImage();
    image.setMetadata(new ObjectMetaBuilder().withName("i").withGeneration(3L).build());
    image.setStatus(
        new IpfsImageStatus(
            3L,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new Conditions(List.of(), 3L, NOON).summary(reason, reason.sentence()).build()));

    Kstatus expected =
        switch (reason.next()) {
          case NOTHING -> Kstatus.CURRENT;
          case WAITING, RETRIED, ON_HOLD -> Kstatus.IN_PROGRESS;
          case REARMED, USER_ACTS -> Kstatus.FAILED;
        };
    assertThat(Kstatus.of(image)).isEqualTo(expected);
  }

  @Test
  void whatIsOnHoldIsNeitherReconcilingNorStalled() {
    assertThat(new Conditions(List.of(), 1L, NOON).summary(Reason.SUSPENDED, "held").build())
        .extracting(Condition::getType, Condition::getStatus)
        .containsExactly(tuple(ConditionTypes.READY, "False"));
  }

  @Test
  void aVeryLongMessageIsCut() {
    Condition condition =
        new Conditions(List.of(), 1L, NOON)
            .isFalse(ConditionTypes.VERIFIED, Reason.IO_ERROR, "x".repeat(100_000))
            .build()
            .getFirst();

    assertThat(condition.getMessage()).hasSizeLessThan(32_768).endsWith("…");
  }
}
