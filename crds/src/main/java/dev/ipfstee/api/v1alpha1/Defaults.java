package dev.ipfstee.api.v1alpha1;

import java.util.List;

/** Puts the defaults of the CRD where a field is null. */
final class Defaults {
  private Defaults() {}

  static <T> T orElse(T value, T fallback) {
    return value == null ? fallback : value;
  }

  static <T> List<T> list(List<T> value) {
    return value == null ? List.of() : List.copyOf(value);
  }
}
