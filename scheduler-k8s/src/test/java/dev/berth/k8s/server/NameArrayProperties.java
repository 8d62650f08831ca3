package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.objects.PodObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is read late, or only searched, is what is written. */
class NameArrayProperties {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Some of them parts of others, and some that only look like what stands between two strings. */
    @Provide
    Arbitrary<String> names() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withChars("ab1-.").ofMinLength(1).ofMaxLength(4),
                Arbitraries.strings()
                        .withChars("a,\" \\\u00e9[]")
                        .ofMinLength(1)
                        .ofMaxLength(3));
    }

    @Provide
    Arbitrary<List<String>> lists() {
        return names().list().ofMaxSize(12);
    }

    @Property
    void aListIsWhatIsWritten(
            @ForAll("lists") List<String> names, @ForAll("names") String wanted, @ForAll boolean isPretty)
            throws Exception {
        String array = isPretty
                ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(names)
                : JSON.writeValueAsString(names);
        List<String> expected = JSON.readerForListOf(String.class).readValue(array);
        byte[] body = ("{\"Pod\":{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"uid\":\"u\"}},\"NodeNames\":"
                        + array + "}")
                .getBytes(StandardCharsets.UTF_8);

        ExtenderArgs args = new ExtenderReader().args(new Body(body, body.length), false);

        PodObject pod = args.pod();
        assertThat(pod.name()).isEqualTo("p");
        List<String> read = args.nodeNames();
        assertThat(read).isNotNull();
        assertThat(read.contains(wanted)).isEqualTo(expected.contains(wanted));
        for (String name : expected) {
            assertThat(read.contains(name)).as(name).isTrue();
        }
        assertThat(read).isEqualTo(expected);
        assertThat(read.contains(wanted)).isEqualTo(expected.contains(wanted));
    }
}
