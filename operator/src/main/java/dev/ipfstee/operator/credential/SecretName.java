package dev.ipfstee.operator.credential;

/** The one Secret of that name. */
public record SecretName(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
