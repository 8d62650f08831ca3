package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantitiesTest {
    private static final Map<String, BigDecimal> SUFFIXES = Map.ofEntries(
            Map.entry("", BigDecimal.ONE),
            Map.entry("n", new BigDecimal("1e-9")),
            Map.entry("u", new BigDecimal("1e-6")),
            Map.entry("m", new BigDecimal("1e-3")),
            Map.entry("k", new BigDecimal("1e3")),
            Map.entry("M", new BigDecimal("1e6")),
            Map.entry("G", new BigDecimal("1e9")),
            Map.entry("T", new BigDecimal("1e12")),
            Map.entry("P", new BigDecimal("1e15")),
            Map.entry("E", new BigDecimal("1e18")),
            Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
            Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
            Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
            Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
            Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
            Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

    /** A quantity's text and its exact value. */
    record Written(String text, BigDecimal value) {}

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "1, 1, 1000",
        "500m, 1, 500",
        "1500m, 2, 1500",
        "100u, 1, 1",
        "1n, 1, 1",
        "1.5Gi, 1610612736, 1610612736000",
        "0.1Ki, 103, 102400",
        "12e3, 12000, 12000000",
        "12E3, 12000, 12000000",
        "1E, 1000000000000000000, 9223372036854775807",
        "2.5e-1, 1, 250",
        "1e-30, 1, 1",
        "-0, 0, 0",
        "+4, 4, 4000",
        ".5, 1, 500",
        "5., 5, 5000",
        "8Ei, 9223372036854775807, 9223372036854775807",
        "7Ei, 8070450532247928832, 9223372036854775807",
        "9223372036854775807, 9223372036854775807, 9223372036854775807",
        "9223372036854775808, 9223372036854775807, 9223372036854775807",
        "9223372036854775.807, 9223372036854776, 9223372036854775807",
        "0e999999999999, 0, 0",
        "1e999999999999, 9223372036854775807, 9223372036854775807",
        "1e-999999999999, 1, 1"
    })
    void readsAsKubernetesDoes(String text, long units, long milli) {
        assertThat(Quantities.units(text)).as("units").isEqualTo(units);
        assertThat(Quantities.milli(text)).as("milli").isEqualTo(milli);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "x", "1x", "1 Gi", "Gi", "-1", "1e", "1e+", "1.2.3", "0x10", ".", "-", "1Kii", "1ki", "1mi",
                "1e1.5", "--1", "1Zi"
            })
    void refusesWhatIsNoQuantity(String text) {
        assertThatThrownBy(() -> Quantities.units(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\", allowed: a quantity of 0 or more such as 500m, 1.5Gi or 2e3");
    }

    @Example
    void countsCpuInThousandths() {
        assertThat(Quantities.amount("cpu", "2")).isEqualTo(2000);
        assertThat(Quantities.amount("memory", "2")).isEqualTo(2);
        assertThat(Quantities.amount("nvidia.com/gpu", "2")).isEqualTo(2);
    }

    @Property(tries = 5000)
    void isTheValueRoundedUp(@ForAll("written") Written written) {
        assertThat(Quantities.units(written.text)).isEqualTo(roundedUp(written.value));
        assertThat(Quantities.milli(written.text)).isEqualTo(roundedUp(written.value.movePointRight(3)));
    }

    private static long roundedUp(BigDecimal value) {
        BigInteger whole = value.setScale(0, RoundingMode.CEILING).toBigIntegerExact();
        return whole.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    @Provide
    Arbitrary<Written> written() {
        Arbitrary<String> digits = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 9999).map(String::valueOf),
                Arbitraries.longs().between(0, Long.MAX_VALUE).map(String::valueOf),
                Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(40));
        Arbitrary<String> fraction = Arbitraries.oneOf(
                Arbitraries.just(""),
                Arbitraries.strings().numeric().ofMinLength(0).ofMaxLength(25).map(text -> "." + text));
        Arbitrary<String> suffix = Arbitraries.oneOf(
                Arbitraries.of(SUFFIXES.keySet()),
                Arbitraries.integers().between(-40, 40).map(exponent -> "e" + exponent),
                Arbitraries.integers().between(0, 40).map(exponent -> "E+" + exponent));
        return Combinators.combine(digits, fraction, suffix).as((whole, part, end) -> {
            BigDecimal number = new BigDecimal(part.equals(".") ? whole : whole + part);
            BigDecimal factor = SUFFIXES.get(end);
            BigDecimal value = factor != null
                    ? number.multiply(factor)
                    : number.scaleByPowerOfTen(Integer.parseInt(end.substring(1)));
            return new Written(whole + part + end, value);
        });
    }
}
