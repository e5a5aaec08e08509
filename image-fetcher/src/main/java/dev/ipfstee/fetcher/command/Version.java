package dev.ipfstee.fetcher.command;

import picocli.CommandLine.IVersionProvider;

/** The version, as the build wrote it into the jar. */
public final class Version implements IVersionProvider {
  static final String NUMBER = number();

  /** For picocli. */
  public Version() {}

  private static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"image-fetcher " + NUMBER};
  }
}
