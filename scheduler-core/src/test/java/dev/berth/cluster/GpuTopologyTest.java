package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Exact answers on arrangements that are sold. */
final class GpuTopologyTest {
    private static final int ALL = 0xFF;

    @Test
    void theBestQuadsOfADgx1AreItsTwoHalves() {
        GpuTopology dgx1 = GpuTopology.hybridCubeMesh();
        assertThat(dgx1.shape()).isEqualTo("hybrid-cube-mesh");
        assertThat(islands(dgx1)).containsExactly(0x0F, 0xF0);
        int best = dgx1.bandwidthGigabytesPerSecond(0x0F);
        List<Integer> bestQuads = new ArrayList<>();
        int worst = Integer.MAX_VALUE;
        for (int mask = 0; mask <= ALL; mask++) {
            if (Integer.bitCount(mask) == 4) {
                worst = Math.min(worst, links(dgx1, mask));
                assertThat(dgx1.bandwidthGigabytesPerSecond(mask)).isLessThanOrEqualTo(best);
                if (dgx1.bandwidthGigabytesPerSecond(mask) == best) {
                    bestQuads.add(mask);
                }
            }
        }
        assertThat(bestQuads).containsExactly(0x0F, 0xF0);
        assertThat(links(dgx1, 0x0F)).isEqualTo(9);
        assertThat(worst).isEqualTo(2);
        assertThat(dgx1.bestMask(ALL, 4)).isEqualTo(0x0F);
        assertThat(dgx1.bestMask(ALL & ~0b1, 4)).isEqualTo(0xF0);
        assertThat(dgx1.bestMask(ALL & ~0b1_0000, 4)).isEqualTo(0x0F);
    }

    @Test
    void theLinksOfADgx1AreSixOnEachGpu() {
        GpuTopology dgx1 = GpuTopology.hybridCubeMesh();
        int[] pairsByLanes = new int[3];
        for (int gpu = 0; gpu < 8; gpu++) {
            int lanes = 0;
            for (int peer = 0; peer < 8; peer++) {
                if (peer != gpu) {
                    lanes += dgx1.nvlinkLanes(gpu, peer);
                    pairsByLanes[dgx1.nvlinkLanes(gpu, peer)]++;
                }
            }
            assertThat(lanes).isEqualTo(6);
        }
        assertThat(pairsByLanes).containsExactly(24, 16, 16);
    }

    @Test
    void twoGpusOfADgx1ShareTwoLinksAndLeaveWholeQuadsFirst() {
        GpuTopology dgx1 = GpuTopology.hybridCubeMesh();
        // 0-3, 0-4, 1-2, 1-5, 2-3, 4-7, 5-6 and 6-7 are bonded; a pair across would break both quads.
        assertThat(dgx1.bestMask(ALL, 2)).isEqualTo(0b0000_0110);
        assertThat(dgx1.bestMask(ALL & ~0b0000_0110, 2)).isEqualTo(0b0000_1001);
    }

    @Test
    void pairsStayWholeWhereTheLowestFreeGpusWouldSplitThem() {
        GpuTopology pairs = GpuTopology.pairs(8, 600);
        assertThat(pairs.shape()).isEqualTo("pairs");
        assertThat(islands(pairs)).containsExactly(0b11, 0b1100, 0b11_0000, 0b1100_0000);
        // GPU 0 is busy: first fit takes 1-2, then 3-4, and both jobs lose their NVLink.
        int free = ALL & ~1;
        int first = pairs.bestMask(free, 2);
        int second = pairs.bestMask(free & ~first, 2);
        int third = pairs.bestMask(free & ~first & ~second, 2);
        assertThat(List.of(first, second, third)).containsExactly(0b1100, 0b11_0000, 0b1100_0000);
        assertThat(pairs.bestMask(free, 1)).isEqualTo(0b10);
        assertThat(pairs.bestMask(free, 3)).isEqualTo(0b1110);
        assertThat(pairs.bestMask(0b0110_1011, 1)).isEqualTo(0b1000);
        assertThat(pairs.bestMask(0b0110_1011, 3)).isEqualTo(0b1011);
        assertThat(pairs.bestMask(0b0010_1010, 2)).isEqualTo(0b1010);
    }

    @Test
    void aBridgedPairOfTwelveLinksIsSixHundredGigabytesPerSecond() {
        GpuTopology box =
                GpuTopology.builder(4).nvlink(0, 1, 12, 3).nvlink(2, 3, 12, 3).build();
        assertThat(box.shape()).isEqualTo("pairs");
        assertThat(box.linkGigabytesPerSecond(0, 1)).isEqualTo(600);
        assertThat(box.linkKind(1, 2)).isEqualTo(LinkKind.SYS);
        assertThat(box.bestMask(0b1110, 2)).isEqualTo(0b1100);
        assertThat(box.bestMask(0b1110, 1)).isEqualTo(0b0010);
    }

    @Test
    void aPairInAMeshHasOnlyItsOwnLinkAndBehindASwitchAllThatAGpuHas() {
        GpuTopology mesh = GpuTopology.mesh(8, 128);
        assertThat(mesh.shape()).isEqualTo("mesh");
        assertThat(islands(mesh)).containsExactly(ALL);
        assertThat(mesh.bandwidthGigabytesPerSecond(0b11)).isEqualTo(128);
        assertThat(mesh.bandwidthGigabytesPerSecond(ALL)).isEqualTo(28 * 128);
        assertThat(mesh.bestMask(0b1101_0100, 3)).isEqualTo(0b0101_0100);

        GpuTopology nvswitch = GpuTopology.nvswitch(8, 900);
        assertThat(nvswitch.shape()).isEqualTo("nvswitch");
        assertThat(islands(nvswitch)).containsExactly(ALL);
        assertThat(nvswitch.bandwidthGigabytesPerSecond(0b11)).isEqualTo(900);
        assertThat(nvswitch.bestMask(0b1101_0100, 3)).isEqualTo(0b0101_0100);
    }

    @Test
    void switchedLinksAreKnownByMoreLanesThanAGpuHas() {
        assertThat(even(8, 18, 4).shape()).isEqualTo("nvswitch");
        assertThat(even(8, 12, 3).shape()).isEqualTo("nvswitch");
        assertThat(even(8, 8, 3).shape()).isEqualTo("nvswitch");
        assertThat(even(4, 6, 4).shape()).isEqualTo("mesh");
        assertThat(even(4, 2, 2).shape()).isEqualTo("mesh");
        assertThat(even(16, 6, 2).shape()).isEqualTo("nvswitch");
        assertThat(even(2, 18, 4).shape()).isEqualTo("pairs");
    }

    @Test
    void halvesAreFilledWithTheTighterOneFirst() {
        GpuTopology halves = GpuTopology.halves(8, 600);
        assertThat(halves.shape()).isEqualTo("halves");
        assertThat(islands(halves)).containsExactly(0x0F, 0xF0);
        assertThat(halves.bestMask(0b1111_0110, 2)).isEqualTo(0b0000_0110);
        assertThat(halves.bestMask(0b1111_0110, 1)).isEqualTo(0b0000_0010);
        assertThat(halves.bestMask(0b1111_0110, 3)).isEqualTo(0b0111_0000);
        assertThat(halves.bestMask(ALL, 5)).isEqualTo(0b0001_1111);
        assertThat(halves.bestMask(ALL, 6)).isEqualTo(0b0011_1111);
    }

    @Test
    void gpusOfOneNumaNodeGoTogetherWhereTheLinksAreEqual() {
        GpuTopology.Builder builder = GpuTopology.builder(8).switched(true);
        for (int a = 0; a < 8; a++) {
            builder.numa(a, a / 4);
            for (int b = 0; b < a; b++) {
                builder.link(a, b, LinkKind.NVLINK, 900);
            }
        }
        GpuTopology hgx = builder.build();
        assertThat(hgx.shape()).isEqualTo("nvswitch");
        assertThat(hgx.bestMask(0b0011_1000, 2)).isEqualTo(0b0011_0000);
        assertThat(hgx.bestMask(0b1111_1000, 1)).isEqualTo(0b0000_1000);
    }

    @Test
    void aSingleGpuIsTakenWhereItBreaksTheLeast() {
        // An SXM pair beside a PCIe pair.
        GpuTopology mixed = GpuTopology.builder(4)
                .nvlink(0, 1, 12, 3)
                .link(2, 3, LinkKind.PIX)
                .build();
        assertThat(mixed.shape()).isEqualTo("pairs");
        assertThat(islands(mixed)).containsExactly(0b11, 0b100, 0b1000);
        assertThat(mixed.bestMask(0b1111, 1)).isEqualTo(0b0100);
        assertThat(mixed.bestMask(0b1111, 2)).isEqualTo(0b0011);
        assertThat(mixed.bestMask(0b1110, 2)).isEqualTo(0b1100);
    }

    @Test
    void sixteenGpusWithUnequalPairsHaveATableToo() {
        GpuTopology pairs = GpuTopology.pairs(16, 600);
        assertThat(pairs.bestMask(0xFFFE, 2)).isEqualTo(0b1100);
        assertThat(pairs.bestMask(0xFFFE, 16)).isZero();
        assertThat(pairs.bestMask(0xFFFF, 16)).isEqualTo(0xFFFF);
        assertThat(pairs.bestMask(0xAAAA, 1)).isEqualTo(0b10);
        assertThat(pairs.bestMask(0xFAAA, 3)).isEqualTo(0b0011_0000_0000_0010);
        assertThat(GpuTopology.nvswitch(16, 300).bestMask(0xF0F0, 5)).isEqualTo(0x10F0);
    }

    @Test
    void withoutNvlinkEveryGpuIsAnIsland() {
        GpuTopology none = GpuTopology.none(4);
        assertThat(none.shape()).isEqualTo("none");
        assertThat(islands(none)).containsExactly(1, 2, 4, 8);
        assertThat(none).isEqualTo(GpuTopology.builder(4).build());
        assertThat(GpuTopology.none(0).islandCount()).isZero();
        assertThat(GpuTopology.none(0).bestMask(0, 1)).isZero();
        assertThat(GpuTopology.none(1).bandwidthGigabytesPerSecond(1)).isZero();
    }

    @Test
    void twoGpusBesideTwoNicsGetOneEach() {
        GpuTopology.Builder builder = GpuTopology.builder(4);
        for (int nic = 0; nic < 4; nic++) {
            LinkKind low = nic < 2 ? LinkKind.PIX : LinkKind.SYS;
            LinkKind high = nic < 2 ? LinkKind.SYS : LinkKind.PIX;
            builder.nic(new GpuNic("mlx5_" + nic, nic, List.of(low, low, high, high)));
        }
        builder.nic(new GpuNic("mlx5_bond", -1, List.of(LinkKind.PIX, LinkKind.PIX, LinkKind.PIX, LinkKind.PIX)));
        GpuTopology box = builder.build();
        assertThat(box.railCount()).isEqualTo(4);
        assertThat(List.of(box.railOf(0), box.railOf(1), box.railOf(2), box.railOf(3)))
                .containsExactly(0, 1, 2, 3);
        assertThat(GpuTopology.none(1).railOf(0)).isEqualTo(-1);
    }

    @Test
    void whatIsNotAllowedIsNamed() {
        assertThatThrownBy(() -> GpuTopology.none(17)).hasMessage("gpus is 17, allowed: 0 to 16");
        assertThatThrownBy(() -> GpuTopology.halves(3, 600)).hasMessage("gpus of halves is 3, allowed: even, 2 to 16");
        assertThatThrownBy(() -> GpuTopology.mesh(8, 0)).hasMessageContaining("is 0 GB/s, allowed: 1 to 65535");
        assertThatThrownBy(() -> GpuTopology.builder(2).nvlink(0, 1, 7, 2))
                .hasMessage("NVLinks of GPUs 0 and 1 are 7, allowed: 1 to 6 in generation 2");
        assertThatThrownBy(() -> GpuTopology.builder(2).link(0, 0, LinkKind.PIX))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> GpuTopology.none(2).bestMask(0b100, 1))
                .hasMessage("freeMask is 100 and k 1, allowed: bits of 2 GPUs and 0 or more");
        assertThatThrownBy(() -> GpuTopology.none(2).bestMask(1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GpuTopology.builder(1).nic(new GpuNic("mlx5_0", 0, List.of())))
                .hasMessage("NIC 'mlx5_0': distances to 0 GPUs, allowed: 1");
    }

    private static GpuTopology even(int gpus, int lanes, int generation) {
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < a; b++) {
                builder.nvlink(a, b, lanes, generation);
            }
        }
        return builder.build();
    }

    private static int links(GpuTopology topology, int mask) {
        int sum = 0;
        for (int a = 0; a < topology.gpuCount(); a++) {
            for (int b = 0; b < a; b++) {
                sum += (mask >> a & mask >> b & 1) == 1 ? topology.nvlinkLanes(a, b) : 0;
            }
        }
        return sum;
    }

    private static List<Integer> islands(GpuTopology topology) {
        List<Integer> islands = new ArrayList<>();
        for (int island = 0; island < topology.islandCount(); island++) {
            islands.add(topology.islandMask(island));
        }
        return islands;
    }
}
