package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.MinFree;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as Kubernetes writes quantities, and durations as Go does. */
public final class Quantities {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(e\\d{1,2}|E\\d{1,2}|[KMGTPE]i|[kMGTPE])?");
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("k", BigDecimal.valueOf(1, -3)),
          Map.entry("M", BigDecimal.valueOf(1, -6)),
          Map.entry("G", BigDecimal.valueOf(1, -9)),
          Map.entry("T", BigDecimal.valueOf(1, -12)),
          Map.entry("P", BigDecimal.valueOf(1, -15)),
          Map.entry("E", BigDecimal.valueOf(1, -18)),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));
  private static final Pattern DURATION =
      Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,2}(?:\\.\\d{1,3})?)%");

  private Quantities() {}

  /** Reads {@code 10Gi}, {@code 500M}, {@code 1048576}; a part of a byte is rounded up. */
  static long size(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "expected a size such as 10Gi, 500M or 1048576, found '" + text + "'");
    }
    BigDecimal number = new BigDecimal(matcher.group(1));
    String unit = matcher.group(2) == null ? "" : matcher.group(2);
    BigDecimal factor =
        UNITS.containsKey(unit) || unit.isEmpty()
            ? UNITS.getOrDefault(unit, BigDecimal.ONE)
            : BigDecimal.TEN.pow(Integer.parseInt(unit.substring(1)));
    try {
      return number.multiply(factor).setScale(0, RoundingMode.UP).longValueExact();
    } catch (ArithmeticException e) {
      throw new TypeConversionException("expected a size below 8Ei, found '" + text + "'");
    }
  }

  /** Reads {@code 20s}, {@code 5m}, {@code 1h30m}; more than zero. */
  static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    Duration duration = Duration.ZERO;
    if (matcher.matches()) {
      duration =
          Duration.ofHours(number(matcher.group(1)))
              .plusMinutes(number(matcher.group(2)))
              .plusSeconds(number(matcher.group(3)));
    }
    if (duration.isZero()) {
      throw new TypeConversionException(
          "expected a duration such as 20s, 5m or 1h30m, found '" + text + "'");
    }
    return duration;
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /** Reads a share of the volume, {@code 20%}, or a size. */
  static MinFree minFree(String text) {
    Matcher matcher = PERCENT.matcher(text);
    if (matcher.matches()) {
      return new MinFree(Double.parseDouble(matcher.group(1)) / 100, 0);
    }
    if (text.indexOf('%') >= 0) {
      throw new TypeConversionException(
          "expected a share below 100% such as 20%, found '" + text + "'");
    }
    return new MinFree(0, size(text));
  }

  /** For picocli. */
  public static final class SizeConverter implements ITypeConverter<Long> {
    /** For picocli. */
    public SizeConverter() {}

    @Override
    public Long convert(String value) {
      return size(value);
    }
  }

  /** For picocli. */
  public static final class DurationConverter implements ITypeConverter<Duration> {
    /** For picocli. */
    public DurationConverter() {}

    @Override
    public Duration convert(String value) {
      return duration(value);
    }
  }

  /** For picocli. */
  public static final class MinFreeConverter implements ITypeConverter<MinFree> {
    /** For picocli. */
    public MinFreeConverter() {}

    @Override
    public MinFree convert(String value) {
      return minFree(value);
    }
  }
}
