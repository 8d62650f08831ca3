package dev.berth.k8s.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;

final class ClusterGpuSizesTest {
    private static final String[] MODELS = {"A", "B", "C"};

    @Property
    void findsTheSmallestThatIsLargeEnough(
            @ForAll @Size(max = 8) int[] nodes,
            @ForAll @Size(max = 2) @UniqueElements Set<@IntRange(max = 2) Integer> models,
            @ForAll @IntRange(max = 12) int least) {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < nodes.length; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus(MODELS[Math.floorMod(nodes[i], 3)], 1, memory(nodes[i]))
                    .build());
        }
        builder.add(NodeSpec.named("cpu").build());
        Set<String> names = models.stream().map(model -> MODELS[model]).collect(Collectors.toSet());
        int expected = IntStream.of(nodes)
                .filter(node -> models.isEmpty() || models.contains(Math.floorMod(node, 3)))
                .map(ClusterGpuSizesTest::memory)
                .filter(mib -> mib > 0 && mib >= least)
                .min()
                .orElse(0);
        assertThat(new ClusterGpuSizes(builder.build()).smallest(names, least)).isEqualTo(expected);
    }

    private static int memory(int node) {
        return Math.floorMod(node, 11);
    }
}
