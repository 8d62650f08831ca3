package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.PodObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** What is written is read as the same, whatever the order of keys, their case and what stands between them. */
final class WireProperties {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ExtenderReader READER = new ExtenderReader();
    private static final String POD =
            "{\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u1\",\"labels\":{\"é\":\"ü\"}},"
                    + "\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"nvidia.com/gpu\":\"2\"}}}]}}";

    /** Names and texts of all sorts of characters, halves of surrogate pairs among them. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().ofMinLength(1).ofMaxLength(12);
    }

    @Provide
    Arbitrary<List<String>> names() {
        return texts().list().ofMaxSize(20).uniqueElements();
    }

    @Property
    void argsComeInAnyOrder(@ForAll("names") List<String> names, @ForAll Random random, @ForAll boolean nodes)
            throws Exception {
        List<String> list = wellFormed(names);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Pod", POD);
        List<String> items = new ArrayList<>();
        for (String name : list) {
            items.add("{\"x\":" + random.nextInt() + ",\"metadata\":{\"name\":" + quoted(name) + "," + filler(random)
                    + "}}");
        }
        fields.put("NodeNames", nodes ? "null" : MAPPER.writeValueAsString(list));
        fields.put("Nodes", nodes ? "{\"metadata\":{},\"items\":[" + String.join(" ,\n", items) + "]}" : "null");
        fields.put("Other", "[{\"NodeNames\":[\"not this\"]}]");
        Body body = body(shuffled(fields, random));
        ExtenderArgs args = READER.args(body, false);
        assertThat(args.pod().path()).isEqualTo("ns/p");
        assertThat(args.pod().spec().requests()).containsEntry("nvidia.com/gpu", 2L);
        if (nodes) {
            assertThat(args.nodeNames()).isNull();
            assertThat(args.nodes().names()).isEqualTo(list);
            for (int i = 0; i < items.size(); i++) {
                ExtenderArgs.Text text = args.nodes().texts().get(i);
                assertThat(new String(body.bytes(), text.from(), text.to() - text.from(), StandardCharsets.UTF_8))
                        .isEqualTo(items.get(i));
            }
            // As objects they have the same names and places.
            ExtenderArgs objects = READER.args(body, true);
            assertThat(objects.nodes().names()).isEqualTo(list);
            assertThat(objects.nodes().texts()).isEqualTo(args.nodes().texts());
        } else {
            assertThat(args.nodes()).isNull();
            assertThat(args.nodeNames()).isEqualTo(list);
        }
    }

    @Property
    void filterAnswersAreReadAsTheyWereMeant(
            @ForAll("names") List<String> names, @ForAll("names") List<String> asked, @ForAll("texts") String text)
            throws Exception {
        assertThat(filter(new FilterAnswer("", names, Map.of()), asked))
                .isEqualTo(expected(names.isEmpty() ? refusedAll(asked) : null, names, ""));
        assertThat(filter(FilterAnswer.error(text), asked)).isEqualTo(expected(null, null, text));
        Map<String, String> refused = new LinkedHashMap<>();
        asked.forEach(name -> refused.put(name, text + name));
        assertThat(filter(new FilterAnswer("", List.of(), refused), asked)).isEqualTo(expected(refused, List.of(), ""));
    }

    private static Map<String, String> refusedAll(List<String> asked) {
        Map<String, String> refused = new LinkedHashMap<>();
        asked.forEach(name -> refused.put(name, "Berth holds no place for the pod here"));
        return refused;
    }

    private static JsonNode filter(FilterAnswer answer, List<String> asked) throws IOException {
        return MAPPER.readTree(ExtenderWriter.filter(answer, true, null, null, asked));
    }

    private static JsonNode expected(Map<String, String> refused, List<String> names, String error) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("Nodes", null);
        result.put("NodeNames", names);
        result.put("FailedNodes", null);
        result.put("FailedAndUnresolvableNodes", refused);
        result.put("Error", error);
        return MAPPER.valueToTree(result);
    }

    @Property
    void scoresAreReadAsTheyWereMeant(@ForAll("names") List<String> names, @ForAll Random random) throws Exception {
        Map<String, Integer> scores = new LinkedHashMap<>();
        List<Map<String, Object>> expected = new ArrayList<>();
        for (String name : names) {
            int score = random.nextInt(11);
            if (score > 0) {
                scores.put(name, score);
            }
            expected.add(Map.of("Host", name, "Score", score));
        }
        assertThat(MAPPER.readTree(ExtenderWriter.prioritize(names, scores))).isEqualTo(MAPPER.valueToTree(expected));
    }

    @Property
    void victimsAreReadAsTheyWereWritten(
            @ForAll("names") List<String> names, @ForAll @Size(max = 5) List<Long> violations, @ForAll Random random)
            throws Exception {
        Map<String, Victims> victims = new LinkedHashMap<>();
        for (String name : wellFormed(names)) {
            long number = violations.isEmpty() ? 0 : violations.get(random.nextInt(violations.size()));
            victims.put(name, new Victims(List.of("u" + random.nextInt(9), "v"), number));
        }
        String written = new String(ExtenderWriter.preempt(victims), StandardCharsets.UTF_8);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Pod", POD);
        fields.put("NodeNameToVictims", "null");
        fields.put(
                "NodeNameToMetaVictims",
                MAPPER.readTree(written).get("NodeNameToMetaVictims").toString());
        assertThat(READER.preemption(body(shuffled(fields, random))).victims()).isEqualTo(victims);
        // Whole pods say the same.
        fields.put("NodeNameToMetaVictims", "null");
        fields.put(
                "NodeNameToVictims",
                MAPPER.readTree(written.replaceAll(
                                "\\{\"UID\":(\"[^\"]*\")}", "{\"spec\":{},\"metadata\":{\"uid\":$1}}"))
                        .get("NodeNameToMetaVictims")
                        .toString());
        assertThat(READER.preemption(body(shuffled(fields, random))).victims()).isEqualTo(victims);
    }

    @Property
    void bindingsComeInAnyOrder(
            @ForAll("texts") String name,
            @ForAll("texts") String uid,
            @ForAll("texts") String node,
            @ForAll Random random)
            throws Exception {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("PodName", quoted(wellFormed(name)));
        fields.put("PodNamespace", "\"ns\"");
        fields.put("PodUID", quoted(wellFormed(uid)));
        fields.put("Node", quoted(wellFormed(node)));
        assertThat(READER.binding(body(shuffled(fields, random))))
                .isEqualTo(new ExtenderArgs.Binding(wellFormed(name), "ns", wellFormed(uid), wellFormed(node)));
    }

    /** The same name is the same object, and another one is another. */
    @Property
    void namesAreInterned(@ForAll("names") List<String> names) {
        NodeNames interned = new NodeNames();
        for (String name : names) {
            char[] buffer = ("x" + name + "y").toCharArray();
            String once = interned.of(buffer, 1, name.length());
            assertThat(once).isEqualTo(name);
            assertThat(interned.of(buffer, 1, name.length())).isSameAs(once);
        }
    }

    @Property
    void commonNamesAreFound(@ForAll("texts") String name) {
        String escaped = javax.naming.ldap.Rdn.escapeValue(name);
        assertThat(CommonName.of("O=x,CN=" + escaped + ",C=y")).isEqualTo(name);
    }

    private static String shuffled(Map<String, String> fields, Random random) {
        List<String> keys = new ArrayList<>(fields.keySet());
        Collections.shuffle(keys, random);
        StringBuilder text = new StringBuilder("{");
        for (String key : keys) {
            text.append(text.length() > 1 ? " ,\n" : "").append('"');
            for (char c : key.toCharArray()) {
                text.append(
                        random.nextInt(4) > 0
                                ? String.valueOf(c)
                                : String.valueOf(c).toUpperCase(Locale.ROOT));
            }
            text.append("\" : ").append(fields.get(key));
        }
        return text.append('}').toString();
    }

    private static String filler(Random random) {
        return "\"labels\":{\"a\":\"}" + random.nextInt() + "é\\\"\"},\"n\":[1.5e3,{}]";
    }

    private static String quoted(String text) throws IOException {
        return MAPPER.writeValueAsString(text);
    }

    private static Body body(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Body(bytes, bytes.length);
    }

    /** Halves of surrogate pairs cannot be written in UTF-8. */
    private static String wellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_16), StandardCharsets.UTF_16);
    }

    private static List<String> wellFormed(List<String> texts) {
        return new ArrayList<>(new LinkedHashSet<>(
                texts.stream().map(WireProperties::wellFormed).toList()));
    }

    /** The pod is the same, wherever it stands. */
    @Property(tries = 20)
    void podsAreRead(@ForAll Random random) throws Exception {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(
                "Pod",
                MAPPER.readTree(TestServer.wire("filter.json")).get("Pod").toString());
        fields.put("NodeNames", "[]");
        PodObject pod = READER.args(body(shuffled(fields, random)), false).pod();
        assertThat(pod.spec().tolerations()).hasSize(2);
        assertThat(pod.spec().requests()).containsEntry("memory", 32L << 30);
    }
}
