/** Archives that hold an image: read in place, never extracted to a path that they name. */
package dev.ipfstee.fetcher.archive;
