package dev.berth.k8s.objects;

import java.math.BigInteger;

/**
 * Amounts as Kubernetes writes them ({@code 500m}, {@code 1.5Gi}, {@code 2e3}), read exactly and rounded up as the scheduler does: CPU to
 * 1/1000, everything else to whole units. What is too large for a {@code long} becomes {@link Long#MAX_VALUE}.
 *
 * <p>Grammar and rounding: k8s.io/apimachinery {@code pkg/api/resource/quantity.go} ({@code ParseQuantity}, {@code Value}, {@code
 * MilliValue}). Negative amounts are refused, because no request and no allocatable amount may be one. Stateless.
 */
public final class Quantities {
    /** The resource that is counted in 1/1000. */
    public static final String CPU = "cpu";

    private static final int MAX_CHARS = 256;
    private static final String ALLOWED = "a quantity of 0 or more such as 500m, 1.5Gi or 2e3";
    private static final int EXPONENT_LIMIT = 1_000_000_000;
    private static final long[] POWERS_OF_TEN = new long[19];

    static {
        POWERS_OF_TEN[0] = 1;
        for (int i = 1; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = 10 * POWERS_OF_TEN[i - 1];
        }
    }

    private Quantities() {}

    /**
     * An amount of a resource, in the unit in which it is counted.
     *
     * @param resource name of the resource
     * @param text the quantity
     * @throws IllegalArgumentException if the text is no quantity of 0 or more
     */
    public static long amount(String resource, String text) {
        return resource.equals(CPU) ? milli(text) : units(text);
    }

    /**
     * In whole units, rounded up.
     *
     * @throws IllegalArgumentException if the text is no quantity of 0 or more
     */
    public static long units(String text) {
        return read(text, 0);
    }

    /**
     * In 1/1000 of a unit, rounded up.
     *
     * @throws IllegalArgumentException if the text is no quantity of 0 or more
     */
    public static long milli(String text) {
        return read(text, 3);
    }

    /** The number times 10^{@code shift}, rounded up. */
    private static long read(String text, int shift) {
        int length = text.length();
        if (length == 0 || length > MAX_CHARS) {
            throw bad(text);
        }
        int at = text.charAt(0) == '+' || text.charAt(0) == '-' ? 1 : 0;
        int start = at;
        int digits = 0;
        int significant = 0;
        int afterPoint = 0;
        boolean point = false;
        long mantissa = 0;
        for (; at < length; at++) {
            char c = text.charAt(at);
            if (c >= '0' && c <= '9') {
                digits++;
                afterPoint += point ? 1 : 0;
                significant += significant > 0 || c != '0' ? 1 : 0;
                mantissa = significant <= 18 ? 10 * mantissa + (c - '0') : mantissa;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            throw bad(text);
        }
        int binary = binaryExponent(text, at);
        int decimal = (binary > 0 ? 0 : decimalExponent(text, at)) + shift - afterPoint;
        if (significant == 0) {
            return 0;
        }
        if (text.charAt(0) == '-') {
            throw bad(text);
        }
        if (significant <= 18) {
            return scaled(mantissa, binary, decimal);
        }
        return scaled(
                new BigInteger(
                        text.substring(start, start + digits + (point ? 1 : 0)).replace(".", "")),
                binary,
                decimal);
    }

    /** {@code mantissa x 2^binary x 10^decimal}, rounded up; the mantissa is 1 or more. */
    private static long scaled(long mantissa, int binary, int decimal) {
        if (binary >= Long.numberOfLeadingZeros(mantissa) - 1 && binary > 0) {
            return scaled(BigInteger.valueOf(mantissa), binary, decimal);
        }
        long value = mantissa << binary;
        if (decimal >= 0) {
            boolean fits = decimal < POWERS_OF_TEN.length && Math.multiplyHigh(value, POWERS_OF_TEN[decimal]) == 0;
            long product = fits ? value * POWERS_OF_TEN[decimal] : -1;
            return product < 0 ? Long.MAX_VALUE : product;
        }
        // 10^19 is more than any long.
        return -decimal < POWERS_OF_TEN.length ? (value - 1) / POWERS_OF_TEN[-decimal] + 1 : 1;
    }

    private static long scaled(BigInteger mantissa, int binary, int decimal) {
        BigInteger value = mantissa.shiftLeft(binary);
        if (decimal > 0) {
            // Only a mantissa below 2^63 can do with being multiplied, and then by 10^18 at most.
            return decimal < POWERS_OF_TEN.length
                    ? saturated(value.multiply(BigInteger.valueOf(POWERS_OF_TEN[decimal])))
                    : Long.MAX_VALUE;
        }
        // No more digits than bits: past that many, the quotient is below 1.
        if (-decimal > value.bitLength()) {
            return 1;
        }
        BigInteger[] parts = value.divideAndRemainder(BigInteger.TEN.pow(-decimal));
        return saturated(parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE));
    }

    private static long saturated(BigInteger value) {
        return value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
    }

    /** 10, 20 ... 60 for Ki, Mi ... Ei; 0 for any other suffix. */
    private static int binaryExponent(String text, int at) {
        if (text.length() - at != 2 || text.charAt(at + 1) != 'i') {
            return 0;
        }
        int step = "KMGTPE".indexOf(text.charAt(at));
        if (step < 0) {
            throw bad(text);
        }
        return 10 * (step + 1);
    }

    private static int decimalExponent(String text, int at) {
        int rest = text.length() - at;
        if (rest == 0) {
            return 0;
        }
        char c = text.charAt(at);
        if (rest == 1) {
            return switch (c) {
                case 'n' -> -9;
                case 'u' -> -6;
                case 'm' -> -3;
                case 'k' -> 3;
                case 'M' -> 6;
                case 'G' -> 9;
                case 'T' -> 12;
                case 'P' -> 15;
                case 'E' -> 18;
                default -> throw bad(text);
            };
        }
        if (c != 'e' && c != 'E') {
            throw bad(text);
        }
        int first = at + 1;
        boolean negative = text.charAt(first) == '-';
        first += negative || text.charAt(first) == '+' ? 1 : 0;
        if (first == text.length()) {
            throw bad(text);
        }
        int exponent = 0;
        for (int i = first; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                throw bad(text);
            }
            exponent = (int) Math.min(EXPONENT_LIMIT, 10L * exponent + (digit - '0'));
        }
        return negative ? -exponent : exponent;
    }

    private static IllegalArgumentException bad(String text) {
        return new IllegalArgumentException(BadObjectException.quoted(text) + ", allowed: " + ALLOWED);
    }
}
