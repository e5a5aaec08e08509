package dev.ipfstee.operator.check;

import java.util.Optional;

/**
 * One small decision over an immutable input: pure, and silent when there's nothing to say.
 *
 * @param <I> the gathered inputs of one kind
 */
@FunctionalInterface
public interface Check<I> {
  Optional<Finding> apply(I inputs);
}
