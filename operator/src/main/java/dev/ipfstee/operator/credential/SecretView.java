package dev.ipfstee.operator.credential;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/** What reading a Secret has shown. */
public sealed interface SecretView {

  /** There is none of that name. */
  record Missing() implements SecretView {}

  /** The API server says that the operator may not read it. */
  record Forbidden() implements SecretView {}

  /**
   * It is there.
   *
   * @param revision changes with every write, and tells nothing of the content
   * @param data by key, in Base64 as the API has it
   */
  record Found(String type, String revision, Map<String, String> data) implements SecretView {
    public Found {
      data = Map.copyOf(data);
    }

    /** Byte for byte, as Latin-1: what isn't ASCII is still there to be refused. */
    Optional<String> text(String key) {
      return Optional.ofNullable(data.get(key))
          .map(Base64.getDecoder()::decode)
          .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /** Whether there is more than white space under this key. */
    boolean hasText(String key) {
      return text(key).filter(text -> !text.isBlank()).isPresent();
    }

    /** As UTF-8; what isn't is replaced. */
    Optional<String> utf8(String key) {
      return Optional.ofNullable(data.get(key))
          .map(Base64.getDecoder()::decode)
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** Without the data: inputs of a pass may be shown. */
    @Override
    public String toString() {
      return "Found[type=%s, revision=%s, keys=%s]".formatted(type, revision, data.keySet());
    }
  }
}
