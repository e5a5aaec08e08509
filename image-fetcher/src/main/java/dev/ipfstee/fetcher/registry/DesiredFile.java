package dev.ipfstee.fetcher.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Where the operator's desired set is: a gzipped JSON document in a ConfigMap. The kubelet shows
 * another one by exchanging a symbolic link in the way, so the path is opened anew each time.
 */
record DesiredFile(Path path) {
  /** A ConfigMap holds no more. */
  private static final int MAX_BYTES = 1 << 20;

  /**
   * What it holds now, as it is.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when it can't be read, or has more than 1 MiB
   */
  byte[] read() {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unreadable(e.getClass().getSimpleName(), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw unreadable("expected at most " + MAX_BYTES + " bytes, found more", null);
    }
    return bytes;
  }

  /**
   * What that means.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when it is no desired set, or none that this
   *     program can read
   */
  DesiredSet parse(byte[] bytes) {
    try (InputStream json = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return DesiredDocument.read(json);
    } catch (JsonProcessingException malformed) {
      throw unreadable(malformed.getOriginalMessage(), malformed);
    } catch (EOFException cut) {
      throw unreadable("it ends too early", cut);
    } catch (IOException noSet) {
      throw unreadable(noSet.getMessage(), noSet);
    }
  }

  private FetchException unreadable(String why, Throwable cause) {
    return new FetchException(
        Reason.IO_ERROR, "failed to read the desired set '" + path + "': " + why, cause);
  }
}
