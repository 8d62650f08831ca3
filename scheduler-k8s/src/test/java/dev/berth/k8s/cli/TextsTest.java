package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** How texts are made. */
final class TextsTest {
    @Property
    void rangesNameEveryNumberOnce(@ForAll List<@IntRange(max = 30) Integer> some) {
        List<Integer> numbers = new ArrayList<>(new TreeSet<>(some));
        List<Integer> named = new ArrayList<>();
        String text = Texts.ranges(numbers);
        for (String part : text.isEmpty() ? new String[0] : text.split(", ", -1)) {
            String[] ends = part.split("-", -1);
            for (int i = Integer.parseInt(ends[0]); i <= Integer.parseInt(ends[ends.length - 1]); i++) {
                named.add(i);
            }
        }
        assertThat(named).isEqualTo(numbers);
    }

    @Property
    void wrappedTextKeepsItsWordsAndItsWidth(
            @ForAll List<@AlphaChars @NotBlank @StringLength(min = 1, max = 30) String> words,
            @ForAll @IntRange(min = 1, max = 60) int columns) {
        List<String> lines = Texts.wrapped(String.join(" \n ", words), columns);
        assertThat(String.join(" ", lines)).isEqualTo(String.join(" ", words));
        assertThat(lines).allMatch(line -> line.length() <= columns || !line.contains(" "));
    }

    @Test
    void durationsHaveTheUnitsThatMatter() {
        assertThat(Texts.lasting(Duration.ofSeconds(-5))).isEqualTo("0 s");
        assertThat(Texts.lasting(Duration.ofSeconds(59))).isEqualTo("59 s");
        assertThat(Texts.lasting(Duration.ofSeconds(119))).isEqualTo("1 min");
        assertThat(Texts.lasting(Duration.ofMinutes(150))).isEqualTo("2 h 30 min");
        assertThat(Texts.lasting(Duration.ofHours(24))).isEqualTo("1 day");
        assertThat(Texts.lasting(Duration.ofHours(50))).isEqualTo("2 days");
    }

    @Test
    void allAndNothingAreSaidOfAllAndNothingOnly() {
        assertThat(Texts.percent(0)).isEqualTo("0.0 %");
        assertThat(Texts.percent(0.00001)).isEqualTo("0.1 %");
        assertThat(Texts.percent(0.99999)).isEqualTo("99.9 %");
        assertThat(Texts.percent(1)).isEqualTo("100.0 %");
        assertThat(Texts.gpus(31_234_500)).isEqualTo("31,234.5");
        assertThat(Texts.gpus(8000)).isEqualTo("8");
    }

    @Test
    void aFailureIsCalledByWhatPeopleKnow() {
        assertThat(Texts.rootMessage(new IOException(new ConnectException()))).isEqualTo("connection refused");
        assertThat(Texts.rootMessage(new IOException("outer", new IOException("in\nner"))))
                .isEqualTo("in ner");
        assertThat(Texts.rootMessage(new IOException())).isEqualTo("IOException");
    }

    @Test
    void aLineMovesNoCursor() {
        assertThat(Texts.line(" a\u001B[2Jb\r\nc ", 80)).isEqualTo("a [2Jb c");
        assertThat(Texts.line("abcdef", 4)).isEqualTo("abc…");
    }
}
