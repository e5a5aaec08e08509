package dev.ipfstee.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/** Owner references: what garbage collection removes our objects by. */
public final class OwnerRefs {
  private OwnerRefs() {}

  /** The owner that manages a child; both must be in one namespace. */
  public static OwnerReference controller(HasMetadata owner) {
    return builder(owner).withController(true).withBlockOwnerDeletion(true).build();
  }

  /** One owner of several: the child goes when the last of them does. */
  public static OwnerReference shared(HasMetadata owner) {
    return builder(owner).build();
  }

  /** The same owner, who doesn't manage the child: it goes along with the owner, no more. */
  public static OwnerReference along(OwnerReference owner) {
    return new OwnerReferenceBuilder(owner)
        .withController(null)
        .withBlockOwnerDeletion(null)
        .build();
  }

  /** Whether this owner manages the child, told by UID, so that a namesake doesn't count. */
  public static boolean controls(HasMetadata owner, HasMetadata child) {
    return child.getMetadata().getOwnerReferences().stream()
        .anyMatch(
            reference ->
                Boolean.TRUE.equals(reference.getController())
                    && owner.getMetadata().getUid().equals(reference.getUid()));
  }

  private static OwnerReferenceBuilder builder(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid());
  }
}
