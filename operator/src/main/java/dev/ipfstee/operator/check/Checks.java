package dev.ipfstee.operator.check;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An ordered list of checks. All of them run, so that a user sees all errors at once.
 *
 * @param <I> the gathered inputs of one kind
 */
public record Checks<I>(List<Check<I>> checks) {
  public Checks {
    checks = List.copyOf(checks);
  }

  /** All findings, in the order of the checks. */
  public List<Finding> findings(I inputs) {
    return checks.stream().map(check -> check.apply(inputs)).flatMap(Optional::stream).toList();
  }

  /**
   * The findings as one: what needs the user wins over what can be waited for, the first of them
   * gives the reason, and the messages of all of the same weight are joined. Empty when nothing
   * blocks.
   */
  public Optional<Finding> verdict(I inputs) {
    List<Finding> blocking = findings(inputs).stream().filter(Finding::blocks).toList();
    List<Finding> forUser =
        blocking.stream().filter(finding -> finding.next() instanceof Next.NeedsUser).toList();
    List<Finding> decisive = forUser.isEmpty() ? blocking : forUser;
    return decisive.stream()
        .findFirst()
        .map(
            first ->
                new Finding(
                    first.reason(),
                    decisive.stream().map(Finding::message).collect(Collectors.joining("; ")),
                    first.next()));
  }
}
