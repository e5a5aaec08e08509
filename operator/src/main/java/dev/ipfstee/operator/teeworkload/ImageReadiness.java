package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether pods can be pinned to the images of a workload; where not, the image's own reason and
 * message come up. Pure.
 *
 * @param reason {@link Reason#IMAGES_VERIFIED}, or that of the image that is worst off
 */
record ImageReadiness(Reason reason, String message) {
  private static final String JUST_MADE = "waiting for the operator to look at it";

  static ImageReadiness of(TeeWorkloadInputs inputs) {
    List<ImageReadiness> waiting =
        inputs.uses().stream()
            .filter(use -> use.ipfsImage().isPresent())
            .flatMap(use -> missing(use, inputs.image(use)).stream())
            .sorted(Comparator.comparing(ImageReadiness::badness).reversed())
            .toList();
    return waiting.isEmpty()
        ? new ImageReadiness(Reason.IMAGES_VERIFIED, "every image is verified")
        : waiting.getFirst();
  }

  boolean ready() {
    return reason == Reason.IMAGES_VERIFIED;
  }

  /** Whether an image is verified, and what to pin is known. */
  static boolean verified(IpfsImage image) {
    return image.getStatus() != null
        && image.getStatus().digest() != null
        && image.getStatus().reference() != null
        && Conditions.isTrue(image.getStatus().conditions(), ConditionTypes.VERIFIED);
  }

  private static Optional<ImageReadiness> missing(ImageUse use, Optional<IpfsImage> image) {
    String name = use.ipfsImage().orElseThrow();
    if (image.isEmpty()) {
      return Optional.of(
          use.ours()
              ? new ImageReadiness(Reason.FETCH_PENDING, text(use, name, JUST_MADE))
              : new ImageReadiness(
                  Reason.IMAGE_NOT_FOUND,
                  "container '%s' names the IpfsImage '%s', which doesn't exist in this namespace"
                      .formatted(use.container(), name)));
    }
    return verified(image.get()) ? Optional.empty() : Optional.of(why(use, name, image.get()));
  }

  private static ImageReadiness why(ImageUse use, String name, IpfsImage image) {
    Optional<Condition> ready =
        Optional.ofNullable(image.getStatus())
            .flatMap(status -> Conditions.find(status.conditions(), ConditionTypes.READY));
    Reason reason =
        ready
            .flatMap(condition -> Reason.of(condition.getReason()))
            .filter(found -> found.next() != Reason.Next.NOTHING)
            .orElse(ready.isPresent() ? Reason.IMAGES_NOT_READY : Reason.FETCH_PENDING);
    return new ImageReadiness(
        reason, text(use, name, ready.map(Condition::getMessage).orElse(JUST_MADE)));
  }

  private static String text(ImageUse use, String name, String message) {
    return "IpfsImage '%s' of container '%s': %s".formatted(name, use.container(), message);
  }

  /** What needs somebody to act outweighs what is retried, and that what is only under way. */
  private int badness() {
    return reason.next().ordinal();
  }
}
