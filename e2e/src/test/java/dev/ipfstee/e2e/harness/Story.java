package dev.ipfstee.e2e.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A user story on the cluster of {@code KUBECONFIG}, with the chart installed from the checkout.
 * Its test methods take a {@link Cluster}; on a failure all that a person would ask for is printed.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(StoryExtension.class)
public @interface Story {
  /** The namespace of the story, emptied before it begins. */
  String namespace();
}
