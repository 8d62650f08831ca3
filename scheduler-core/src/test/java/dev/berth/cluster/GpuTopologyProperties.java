package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws over random link matrices, with enumeration of all sets as the oracle. */
final class GpuTopologyProperties {
    @Property(tries = 200)
    void theBestSubMaskIsThatOfTheDefinition(@ForAll("topologies") GpuTopology topology) {
        NaiveGpuTopology naive = new NaiveGpuTopology(topology);
        for (int free = 0; free < 1 << topology.gpuCount(); free++) {
            assertThat(topology.bandwidthGigabytesPerSecond(free)).isEqualTo(naive.bandwidth(free));
            for (int k = 0; k <= Integer.bitCount(free); k++) {
                assertThat(topology.bestMask(free, k))
                        .as("%s, free %s, k %s", topology, Integer.toBinaryString(free), k)
                        .isEqualTo(naive.best(free, k));
            }
            assertThat(topology.bestMask(free, Integer.bitCount(free) + 1)).isZero();
        }
    }

    @Property(tries = 200)
    void islandsAreTheLargestSetsInWhichEveryPairIsJoined(@ForAll("topologies") GpuTopology topology) {
        List<Integer> islands = new ArrayList<>();
        for (int island = 0; island < topology.islandCount(); island++) {
            islands.add(topology.islandMask(island));
            for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
                assertThat(topology.islandOf(gpu) == island).isEqualTo((topology.islandMask(island) >> gpu & 1) == 1);
            }
        }
        assertThat(islands).isEqualTo(new NaiveGpuTopology(topology).islands());
    }

    @Property(tries = 100)
    void equalMatricesAreEqualAndGiveEqualAnswers(@ForAll("topologies") GpuTopology topology) {
        GpuTopology.Builder builder = GpuTopology.builder(topology.gpuCount());
        for (int a = 0; a < topology.gpuCount(); a++) {
            builder.numa(a, topology.numaOf(a));
            for (int b = 0; b < a; b++) {
                if (topology.nvlinkLanes(a, b) > 0) {
                    builder.nvlink(a, b, topology.nvlinkLanes(a, b), topology.nvlinkGeneration(a, b));
                } else if (topology.linkKind(a, b).joinsIslands()) {
                    builder.link(a, b, topology.linkKind(a, b), topology.linkGigabytesPerSecond(a, b));
                } else {
                    builder.link(a, b, topology.linkKind(a, b));
                }
            }
        }
        topology.nics().forEach(builder::nic);
        GpuTopology copy = builder.build();
        assertThat(copy).isEqualTo(topology).hasSameHashCodeAs(topology);
        int all = (1 << topology.gpuCount()) - 1;
        for (int k = 0; k <= topology.gpuCount(); k++) {
            assertThat(copy.bestMask(all, k)).isEqualTo(topology.bestMask(all, k));
        }
        if (topology.gpuCount() > 0) {
            builder.numa(0, topology.numaOf(0) + 1);
            assertThat(builder.build()).isNotEqualTo(topology);
        }
    }

    @Property(tries = 200)
    void theRailOfAGpuIsThatOfANicThatNoOtherIsNearerThan(@ForAll("topologies") GpuTopology topology) {
        for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
            int nearest = -1;
            boolean found = false;
            for (GpuNic nic : topology.nics()) {
                LinkKind distance = nic.distances().get(gpu);
                if (nic.rail() >= 0 && (nearest < 0 || distance.ordinal() < nearest)) {
                    nearest = distance.ordinal();
                }
            }
            for (GpuNic nic : topology.nics()) {
                found |= nic.rail() == topology.railOf(gpu)
                        && nic.distances().get(gpu).ordinal() == nearest;
            }
            assertThat(nearest < 0 ? topology.railOf(gpu) == -1 : found).isTrue();
        }
    }

    /** Random matrices, and orderly ones with a few pairs changed; both from few different links, so that many sets tie. */
    @Provide
    static Arbitrary<GpuTopology> topologies() {
        return Arbitraries.longs().map(GpuTopologyProperties::random);
    }

    private static GpuTopology random(long seed) {
        Random random = new Random(seed);
        int gpus = random.nextInt(8) + (random.nextInt(8) == 0 ? 1 : 0);
        int group = 1 + random.nextInt(4);
        int links = 1 + random.nextInt(4);
        int changedPercent = random.nextBoolean() ? 100 : random.nextInt(30);
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < a; b++) {
                int link = a / group == b / group ? 0 : 3;
                join(builder, a, b, random.nextInt(100) < changedPercent ? random.nextInt(links) : link);
            }
        }
        int numaNodes = random.nextInt(4);
        for (int gpu = 0; gpu < gpus && numaNodes > 0; gpu++) {
            builder.numa(gpu, random.nextInt(numaNodes + 1) - 1);
        }
        int nics = random.nextInt(4);
        for (int nic = 0; nic < nics; nic++) {
            List<LinkKind> distances = new ArrayList<>();
            for (int gpu = 0; gpu < gpus; gpu++) {
                distances.add(random.nextBoolean() ? LinkKind.PIX : LinkKind.SYS);
            }
            builder.nic(new GpuNic("mlx5_" + nic, random.nextInt(4) - 1, distances));
        }
        return builder.build();
    }

    private static void join(GpuTopology.Builder builder, int a, int b, int link) {
        switch (link) {
            case 0 -> builder.nvlink(a, b, 2, 2);
            case 1 -> builder.nvlink(a, b, 1, 2);
            case 2 -> builder.link(a, b, LinkKind.XGMI, 128);
            default -> builder.link(a, b, (a + b) % 3 == 0 ? LinkKind.PIX : LinkKind.SYS);
        }
    }
}
