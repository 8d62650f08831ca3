package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What ibnetdiscover would print of a fabric is read back as that fabric. */
final class InfinibandFabricProperties {
    @Property(tries = 100)
    void everyCableIsReadOnce(
            @ForAll @IntRange(min = 1, max = 6) int switches,
            @ForAll @IntRange(max = 8) int adapters,
            @ForAll @IntRange(max = 30) int cables,
            @ForAll long seed) {
        IbnetdiscoverText made = random(switches, adapters, cables, seed);
        InfinibandFabric read = parse(made.shuffled(seed));
        assertThat(read.notes()).isEmpty();
        assertThat(read.devices()).hasSize(switches + adapters);
        assertThat(cables(read)).isEqualTo(made.cables());
        assertThat(read.links())
                .allSatisfy(link -> assertThat(link.gigabitsPerSecond()).isEqualTo(400));
    }

    @Property(tries = 50)
    void oneEndOfEachCableIsEnough(@ForAll @IntRange(min = 1, max = 30) int cables, @ForAll long seed) {
        IbnetdiscoverText made = random(4, 6, cables, seed);
        StringBuilder half = new StringBuilder();
        InfinibandFabric whole = parse(made.text());
        for (String line : made.text().split("\n", -1)) {
            boolean other = line.startsWith("[")
                    && whole.links().stream()
                            .noneMatch(link -> made.text()
                                    .lines()
                                    .toList()
                                    .get(link.line() - 1)
                                    .equals(line));
            half.append(other ? "" : line + "\n");
        }
        assertThat(cables(parse(half.toString()))).isEqualTo(made.cables());
    }

    private static IbnetdiscoverText random(int switches, int adapters, int cables, long seed) {
        Random random = new Random(seed);
        IbnetdiscoverText text = new IbnetdiscoverText();
        for (int s = 0; s < switches; s++) {
            text.fabricSwitch(random.nextBoolean() ? "MF0;sw" + s + ":MQM9700/U1" : "a \"quoted\" # switch");
        }
        for (int a = 0; a < adapters; a++) {
            text.adapter("host" + a + " mlx5_0");
        }
        for (int c = 0; c < cables; c++) {
            int from = random.nextInt(switches);
            int to = random.nextInt(switches);
            if (from != to) {
                text.cable(from, to, "4xNDR");
            }
        }
        for (int a = 0; a < adapters; a++) {
            text.cable(switches + a, random.nextInt(switches), "4xNDR");
        }
        return text;
    }

    private static List<String> cables(InfinibandFabric fabric) {
        return fabric.links().stream()
                .map(link -> IbnetdiscoverText.end(
                        fabric.devices().get(link.from()).guid(),
                        link.fromPort(),
                        fabric.devices().get(link.to()).guid(),
                        link.toPort()))
                .sorted()
                .toList();
    }

    private static InfinibandFabric parse(String text) {
        return InfinibandFabric.parse("fabric.txt", text.getBytes(StandardCharsets.UTF_8));
    }
}
