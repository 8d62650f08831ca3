package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SeedsTest {
    @Test
    void readsListsAndRanges() {
        assertThat(seeds("42-45").values()).containsExactly(42, 43, 44, 45);
        assertThat(seeds("7,3-4, 3").values()).containsExactly(7, 3, 4);
        assertThat(seeds("0").values()).containsExactly(0);
    }

    @Test
    void writesThemAsShortAsTheyCanBeRead() {
        assertThat(seeds("42,43,44")).hasToString("42-44");
        assertThat(seeds("42,44")).hasToString("42,44");
        assertThat(seeds("42-51").first(3)).hasToString("42-44");
        assertThat(seeds("1,2").first(3)).hasToString("1,2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a", "3-1", "1-", "-1", "1,,2", "1-20000", "99999999999999999999", "0-9223372036854775807"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> seeds(text)).isInstanceOf(TypeConversionException.class);
    }

    private static Seeds seeds(String text) {
        return new Seeds.Converter().convert(text);
    }
}
