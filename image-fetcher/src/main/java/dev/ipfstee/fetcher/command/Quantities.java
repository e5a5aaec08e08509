package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.MinFree;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as Kubernetes writes quantities, and durations as Go does. */
public final class Quantities {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,18})(?:\\.(\\d{1,9}))?([eE]\\d{1,2}|[KMGTPE]i|[kMGTPE])?");
  private static final String UNITS = "KMGTPE";
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
    String fraction = Objects.requireNonNullElse(matcher.group(2), "");
    // Not BigDecimal: it computes large powers when it is loaded, for 20 ms of each start.
    BigInteger[] bytes =
        new BigInteger(matcher.group(1) + fraction)
            .multiply(factor(Objects.requireNonNullElse(matcher.group(3), "")))
            .divideAndRemainder(BigInteger.TEN.pow(fraction.length()));
    try {
      return bytes[0].add(BigInteger.valueOf(bytes[1].signum())).longValueExact();
    } catch (ArithmeticException e) {
      throw new TypeConversionException("expected a size below 8Ei, found '" + text + "'");
    }
  }

  private static BigInteger factor(String unit) {
    if (unit.isEmpty()) {
      return BigInteger.ONE;
    }
    int power = UNITS.indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
    if (unit.endsWith("i")) {
      return BigInteger.ONE.shiftLeft(10 * power);
    }
    return BigInteger.TEN.pow(unit.length() == 1 ? 3 * power : Integer.parseInt(unit.substring(1)));
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
