package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clusters written in ranges are read back the same, and the ranges are as long as they can be. */
final class ClusterFileWriterTest {
    @Test
    void likeNodesAreOneGroup() {
        Cluster.Builder builder = Cluster.builder();
        builder.add(new FabricSwitch("core", "spine", null, 0));
        for (int s = 1; s <= 2; s++) {
            builder.add(new FabricSwitch("leaf-" + s, "leaf", "core", 1.5));
        }
        for (int node = 8; node < 12; node++) {
            builder.add(NodeSpec.named("n" + node)
                    .gpus("L40S", 2, 46068)
                    .gpuTopology(GpuTopology.none(2))
                    .cpuMilli(1000)
                    .memoryMib(2000)
                    .label("a b", "yes")
                    .state(node == 9 ? NodeState.REPAIR : NodeState.READY)
                    .rack("r" + node / 2)
                    .fabricSwitch("leaf-" + (node < 10 ? 1 : 2))
                    .build());
        }
        assertThat(ClusterFileWriter.write(builder.build())).isEqualTo("""
                switches:
                  - {name: core, tier: spine}
                  - {name: "leaf-{1..2}", tier: leaf, parent: core, oversubscription: 1.5}
                nodes:
                  - name: "n{8..11}"
                    gpu: {model: L40S, count: 2, memoryMib: 46068, topology: none}
                    cpuMilli: 1000
                    memoryMib: 2000
                    labels: {"a b": "yes"}
                    rack: "r{4..5}"
                    switch: "leaf-{1..2}"
                states: {n9: REPAIR}
                """);
    }

    @Property(tries = 300)
    void rangesAreReadBackTheSame(@ForAll @IntRange(max = 40) int nodes, @ForAll long seed) {
        Random random = new Random(seed);
        Cluster.Builder builder = Cluster.builder();
        for (int s = 0; s < 12; s++) {
            builder.add(new FabricSwitch("s" + s, s < 8 ? "leaf" : "spine", s < 8 ? "s" + (8 + s / 3) : null, s % 2));
        }
        int number = random.nextInt(120);
        int digits = 1 + random.nextInt(3);
        int place = 0;
        for (int node = 0; node < nodes; node++) {
            number += random.nextInt(8) == 0 ? 2 : 1;
            digits = random.nextInt(15) == 0 ? 1 + random.nextInt(3) : digits;
            place += random.nextInt(3) == 0 ? 1 : 0;
            NodeSpec.Builder spec = NodeSpec.named("n1-" + ("%0" + digits + "d").formatted(number) + "x")
                    .gpus("GB200", 4, 0)
                    .cpuMilli(random.nextInt(10) == 0 ? 1 : 2)
                    .state(random.nextInt(5) == 0 ? NodeState.DRAINING : NodeState.READY)
                    .fabricSwitch(random.nextInt(9) == 0 ? null : "s" + place / 4 % 8);
            spec.rack(seed % 3 == 0 ? "r" + (9 + node / 4) : "r" + (9 + place));
            spec.nvlinkDomain(seed % 2 == 0 ? "d" + node / 6 : null);
            builder.add(spec.build());
        }
        RoundTripProperties.requireEqual(ClusterFileWriter.write(builder.build()), builder.build());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void ourExamplesAreWrittenAboutAsShortAsTheyAre(Path example) throws java.io.IOException {
        Cluster cluster = ClusterFile.read(example);
        String written = ClusterFileWriter.write(cluster);
        RoundTripProperties.requireEqual(written, cluster);
        assertThat(written.lines().count())
                .isLessThan(2 * Files.readString(example).lines().count());
    }

    static Stream<Path> examples() throws java.io.IOException {
        try (Stream<Path> files = Files.list(Path.of("../examples/clusters"))) {
            return List.copyOf(files.sorted().toList()).stream();
        }
    }
}
