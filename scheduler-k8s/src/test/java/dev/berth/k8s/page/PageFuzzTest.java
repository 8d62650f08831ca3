package dev.berth.k8s.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.k8s.engine.Explanation;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;

/** What comes from outside is read, or refused in one line. */
class PageFuzzTest {
    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"namespace\"", "\"name\"", "\"state\"", "\"nodeName\"", "\"gpus\"", "\"gpusKnown\"", "\"gang\"", "\"rank\"",
                "\"tier\"",
        "\"sentence\"", "\"reasons\"", "\"wouldHelp\"", ":null", ":true", ":[]", ":-1", ":\"a\"", "99999999999"
    })
    void explanation(byte[] bytes) {
        try {
            Explanation why = ExplanationJson.read(new String(bytes, StandardCharsets.UTF_8));
            byte[] written = Answer.bytes(json -> ExplanationJson.write(why, json));
            assertThat(ExplanationJson.read(new String(written, StandardCharsets.UTF_8)))
                    .isEqualTo(why);
        } catch (JsonFormException refused) {
            assertThat(refused.getMessage()).isNotBlank().hasLineCount(1);
        }
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"ready\"",
        "\"gpus\"",
        "\"gpusHeldMilli\"",
        "\"podsWaiting\"",
        "\"podsHeld\"",
        "\"podsBound\"",
        "\"gangsWaiting\"",
        "\"placed\"",
        "\"refused\"",
        "\"driftRepairs\"",
        "\"healed\"",
        "\"expired\"",
        "\"overcommittedNodes\"",
        "\"podsGpusKnown\"",
        "\"podsOnOtherGpus\"",
        "\"waiting\"",
        "\"first\"",
        "\"minPods\"",
        "\"sinceMillis\"",
        "\"why\"",
        "\"priority\"",
        "\"gang\"",
        ":{",
        ":[",
        ":0,",
        ":false"
    })
    void status(byte[] bytes) {
        try {
            Status status = StatusJson.read(new String(bytes, StandardCharsets.UTF_8));
            assertThat(status.waiting()).doesNotContainNull();
        } catch (JsonFormException refused) {
            assertThat(refused.getMessage()).isNotBlank().hasLineCount(1);
        }
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({"namespace=", "&", "%", "%2F", "%C3%A9", "+", "pod=", "="})
    void query(FuzzedDataProvider data) {
        URI uri;
        try {
            uri = new URI("http://h/v1/why?" + data.consumeRemainingAsAsciiString());
        } catch (URISyntaxException noAddress) {
            return;
        }
        try {
            assertThat(Query.of(uri).required("pod")).isNotEmpty();
        } catch (BadQueryException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }
}
