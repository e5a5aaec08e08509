package dev.ipfstee.operator.metrics;

import jakarta.inject.Singleton;

/** All that is measured of IpfsImages. */
@Singleton
public class ImageMetrics {
  private final ConditionGauges conditions;
  private final FetchMetrics fetches;
  private final DesiredSetMetrics desired;

  public ImageMetrics(ConditionGauges conditions, FetchMetrics fetches, DesiredSetMetrics desired) {
    this.conditions = conditions;
    this.fetches = fetches;
    this.desired = desired;
  }

  public ConditionGauges conditions() {
    return conditions;
  }

  public FetchMetrics fetches() {
    return fetches;
  }

  public DesiredSetMetrics desired() {
    return desired;
  }
}
