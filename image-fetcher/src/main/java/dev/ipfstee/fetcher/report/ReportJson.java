package dev.ipfstee.fetcher.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.ipfstee.fetcher.report.FetchReport.PlatformReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * The report as JSON that fits a pod's termination message, which the kubelet cuts at 4096 bytes
 * without regard for braces. What doesn't fit goes: the message beyond 1000 characters, then
 * sources from the end, then platforms from the end, then more of the message.
 */
public final class ReportJson {
  /** The kubelet's limit for a termination message. */
  public static final int MAX_BYTES = 4096;

  private static final int MAX_MESSAGE_CHARACTERS = 1_000;

  private ReportJson() {}

  /** One JSON object in UTF-8, at most {@value #MAX_BYTES} bytes, without a newline. */
  public static byte[] write(FetchReport report) {
    int message = MAX_MESSAGE_CHARACTERS;
    int sources = report.sources().size();
    int platforms = report.platforms().size();
    while (true) {
      byte[] json = write(report, message, sources, platforms);
      if (json.length <= MAX_BYTES) {
        return json;
      }
      if (sources > 0) {
        sources--;
      } else if (platforms > 0) {
        platforms--;
      } else {
        message /= 2;
      }
    }
  }

  private static byte[] write(FetchReport report, int message, int sources, int platforms) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(MAX_BYTES);
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("outcome", report.reason().outcome().label());
      json.writeStringField("reason", report.reason().label());
      json.writeStringField("message", Printable.shorten(report.message(), message));
      optional(json, "cid", report.cid());
      optional(json, "layout", report.layout());
      optional(json, "digest", report.digest());
      optional(json, "mediaType", report.mediaType());
      platforms(json, report.platforms().subList(0, platforms));
      omitted(json, "platformsOmitted", report.platforms().size() - platforms);
      json.writeNumberField("bytes", report.bytes());
      json.writeNumberField("fetchedBytes", report.fetchedBytes());
      json.writeFieldName("seconds");
      json.writeNumber(toThousandths(report.seconds()));
      sources(json, report.sources().subList(0, sources));
      omitted(json, "sourcesOmitted", report.sources().size() - sources);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  /** Not by BigDecimal, whose loading takes longer than the whole report. */
  private static String toThousandths(double seconds) {
    long thousandths = Math.round(1000 * seconds);
    return thousandths / 1000 + "." + String.valueOf(1000 + thousandths % 1000).substring(1);
  }

  private static void platforms(JsonGenerator json, List<PlatformReport> platforms)
      throws IOException {
    json.writeArrayFieldStart("platforms");
    for (PlatformReport platform : platforms) {
      json.writeStartObject();
      json.writeStringField("platform", platform.platform());
      json.writeStringField("digest", platform.digest());
      json.writeNumberField("layers", platform.layers());
      json.writeNumberField("bytes", platform.bytes());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void sources(JsonGenerator json, List<SourceReport> sources) throws IOException {
    json.writeArrayFieldStart("sources");
    for (SourceReport source : sources) {
      json.writeStartObject();
      json.writeStringField("host", Printable.escape(source.host(), 260));
      json.writeNumberField("bytes", source.bytes());
      json.writeNumberField("rejected", source.rejected());
      json.writeNumberField("errors", source.errors());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void optional(JsonGenerator json, String name, Optional<String> value)
      throws IOException {
    if (value.isPresent()) {
      json.writeStringField(name, value.get());
    }
  }

  private static void omitted(JsonGenerator json, String name, int count) throws IOException {
    if (count > 0) {
      json.writeNumberField(name, count);
    }
  }
}
