package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.planner.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topograph's graph by its documentation, of version 1.0 and before. */
final class TopographGraphTest {
    @Test
    void readsBothForms() {
        TopographGraph read = parse("""
                {\t"instances": [
                \t\t{"id": "i-1", "network_layers": ["leaf", "spine"], "labels": {"accelerator.topograph.run/domain": "d"}},
                \t\t{"id": "i-2", "type": "H100", "network_layers": ["leaf", ""], "attributes": {"nvlink": "d"}, "more": 1},
                \t\t{"id": "i-3", "network_layers": null}
                ], "version": "\\u0031"}
                """);
        assertThat(read.instances())
                .containsExactly(
                        new TopographGraph.Instance(
                                "i-1",
                                null,
                                List.of("leaf", "spine"),
                                Map.of("accelerator.topograph.run/domain", "d"),
                                2),
                        new TopographGraph.Instance("i-2", "H100", List.of("leaf"), Map.of("nvlink", "d"), 3),
                        new TopographGraph.Instance("i-3", null, List.of(), Map.of(), 4));
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly("graph.json: unknown keys are not used: more, version");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {}                                          | the file has no instances
            []                                          | :1:1: the file is a list, allowed: a mapping
            {"instances": [{"id": 7}]}                  | :1:23: instances[0].id is 7, allowed: text
            {"instances": [{"id": "a"}, {"id": "a"}]}   | instances[1] has the id 'a' again, allowed: each id once
            {"instances": [{"id": "a", "network_layers": ["s", "s"]}]} | network_layers[1] is 's', allowed: a switch that
            {"instances": [}                            | :1: not valid JSON
            {"instances": []} x                         | not valid JSON
            {"instances": []} {}                        | more after the end
            {"instances": {}, "instances": []}          | instances is there twice
            """)
    void complains(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("graph.json:1:")
                .hasMessageContaining(message.startsWith(":1: ") ? message.substring(4) : message);
    }

    @Test
    void complainsAboutAnEmptyFile() {
        assertThatThrownBy(() -> parse(" ")).hasMessage("graph.json:1: the file is empty, allowed: one JSON object");
    }

    @Property(tries = 200)
    void whatIsWrittenIsRead(@ForAll("instances") List<TopographGraph.Instance> instances)
            throws JsonProcessingException {
        Map<String, Object> written = Map.of(
                "instances",
                instances.stream()
                        .map(one -> Map.of("id", one.id(), "network_layers", one.layers(), "labels", one.labels()))
                        .toList());
        List<TopographGraph.Instance> read =
                parse(new ObjectMapper().writeValueAsString(written)).instances();
        assertThat(read).isEqualTo(instances);
    }

    @Provide
    Arbitrary<List<TopographGraph.Instance>> instances() {
        Arbitrary<String> texts = Arbitraries.oneOf(
                Arbitraries.of("yes", "null", "17", "a: b", "\"", "/", "\t", "\u2028"),
                Arbitraries.strings()
                        .ofMinLength(1)
                        .ofMaxLength(6)
                        .filter(text -> !text.isBlank()
                                && text.codePoints()
                                        .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)));
        Arbitrary<String> names = texts.filter(text -> !text.isBlank() && NamePattern.isPlain(text));
        return Combinators.combine(
                        names,
                        names.list().uniqueElements().ofMaxSize(4),
                        Arbitraries.maps(texts, texts).ofMaxSize(3))
                .as((id, layers, labels) -> new TopographGraph.Instance(id, null, layers, labels, 1))
                .list()
                .uniqueElements(TopographGraph.Instance::id)
                .ofMaxSize(5);
    }

    private static TopographGraph parse(String text) {
        return TopographGraph.parse("graph.json", text.getBytes(StandardCharsets.UTF_8));
    }
}
