package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class WatchFramesTest {
    private static List<String> frames(String text, long seed) throws IOException {
        WatchFrames frames = new WatchFrames(
                new HttpAnswerTest.Dribble(text.getBytes(StandardCharsets.UTF_8), new SplittableRandom(seed)));
        List<String> out = new ArrayList<>();
        while (frames.next()) {
            out.add(new String(frames.bytes(), frames.start(), frames.length(), StandardCharsets.UTF_8));
        }
        return out;
    }

    @Property(tries = 300)
    void eachLineIsAFrameAndEmptyOnesAreNone(
            @ForAll @Size(max = 40) List<@AlphaChars @StringLength(max = 60) String> lines, @ForAll long seed)
            throws IOException {
        List<String> expected = lines.stream().filter(line -> !line.isEmpty()).toList();
        assertThat(frames(String.join("\n", lines) + "\n", seed)).isEqualTo(expected);
    }

    @Test
    void aFrameLargerThanTheBufferIsWhole() throws IOException {
        String large = "x".repeat(300_000);
        assertThat(frames("a\n" + large + "\nb\n", 1)).containsExactly("a", large, "b");
    }

    @Test
    void whatTheConnectionEndedInsideOfIsDropped() throws IOException {
        assertThat(frames("whole\nha", 1)).containsExactly("whole");
        assertThat(frames("", 1)).isEmpty();
    }
}
