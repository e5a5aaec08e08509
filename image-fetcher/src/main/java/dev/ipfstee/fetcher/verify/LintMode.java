package dev.ipfstee.fetcher.verify;

/** What happens when an image is intact but looks like an attack on the runtime. */
public enum LintMode {
  /** The image is refused. */
  ENFORCE,
  /** The findings are told, and the image is taken. */
  WARN
}
