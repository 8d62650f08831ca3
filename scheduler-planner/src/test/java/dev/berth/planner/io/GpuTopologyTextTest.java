package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten layouts of machines that are sold, in texts written by the legend; and bad texts. */
final class GpuTopologyTextTest {
    private static final String TWO = "\tGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\n";

    @Test
    void aDgx1IsAHybridCubeMesh() {
        GpuTopologyText.Reading reading = fixture("dgx1V100", "Tesla V100-SXM2-32GB");
        GpuTopology dgx1 = reading.topology();
        assertThat(dgx1.shape()).isEqualTo("hybrid-cube-mesh");
        assertSameLinks(dgx1, GpuTopology.hybridCubeMesh());
        assertThat(islands(dgx1)).containsExactly(0x0F, 0xF0);
        assertThat(dgx1.bestMask(0xFE, 4)).isEqualTo(0xF0);
        assertThat(rails(dgx1)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
        assertThat(numa(dgx1)).containsOnly(-1);
        assertThat(reading.notes()).containsExactly("dgx1V100:1: 'CPU Affinity' is not used");
    }

    @Test
    void aDgxA100HasEightNumaNodesAndAPairOfNicsForEachPairOfGpus() {
        GpuTopologyText.Reading reading = fixture("dgxA100", "A100-SXM4-80GB");
        GpuTopology dgx = reading.topology();
        assertThat(dgx.shape()).isEqualTo("nvswitch");
        assertThat(dgx.linkGigabytesPerSecond(0, 7)).isEqualTo(600);
        assertThat(numa(dgx)).containsExactly(3, 3, 1, 1, 7, 7, 5, 5);
        assertThat(rails(dgx)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(dgx.railCount()).isEqualTo(8);
        // GPU 1 and 2 are on two NUMA nodes, 4 and 5 on one.
        assertThat(dgx.bestMask(0b0011_0110, 2)).isEqualTo(0b0011_0000);
        assertThat(reading.notes())
                .containsExactly(
                        "dgxA100:1: 'CPU Affinity' is not used",
                        "dgxA100: no GPU reaches mlx5_8, mlx5_9 without the CPU (PIX or PXB), so that they are on no rail");
    }

    @Test
    void anHgxA100SharesANicBetweenTwoGpus() {
        GpuTopology hgx = fixture("hgxA100", null).topology();
        assertThat(hgx.shape()).isEqualTo("nvswitch");
        assertThat(hgx.nvlinkGeneration(0, 1)).isEqualTo(3);
        assertThat(numa(hgx)).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        assertThat(rails(hgx)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
        assertThat(hgx.nics().get(0).distances())
                .startsWith(LinkKind.PXB, LinkKind.PXB, LinkKind.NODE, LinkKind.NODE, LinkKind.SYS);
    }

    @Test
    void cellsThatTouchAreCutAtTheWordsOfTheLegend() {
        GpuTopologyText.Reading reading = fixture("h100TouchingCells", "NVIDIA H100 80GB HBM3");
        GpuTopology h100 = reading.topology();
        assertThat(h100.shape()).isEqualTo("nvswitch");
        assertThat(h100.linkGigabytesPerSecond(2, 5)).isEqualTo(900);
        assertThat(numa(h100)).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        assertThat(rails(h100)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(h100.nics().get(5).name()).isEqualTo("mlx5_5");
        assertThat(h100.nics().get(5).distances())
                .containsExactly(
                        LinkKind.SYS,
                        LinkKind.SYS,
                        LinkKind.SYS,
                        LinkKind.SYS,
                        LinkKind.PIX,
                        LinkKind.PIX,
                        LinkKind.NODE,
                        LinkKind.NODE);
        assertThat(reading.notes())
                .containsExactly(
                        "h100TouchingCells:1: is not used: '$ nvidia-smi topo -m'",
                        "h100TouchingCells:2: 'CPU Affinity' is not used");
    }

    @Test
    void oneNicForTwoGpusInACloud() {
        GpuTopology h100 = fixture("h100SharedNics", "H100").topology();
        assertThat(h100.shape()).isEqualTo("nvswitch");
        assertThat(h100.railCount()).isEqualTo(4);
        assertThat(rails(h100)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
    }

    @Test
    void pcieCardsWithBridgesArePairs() {
        GpuTopologyText.Reading reading = fixture("a100PciePairs", "NVIDIA A100 80GB PCIe");
        GpuTopology pairs = reading.topology();
        assertThat(pairs.shape()).isEqualTo("pairs");
        assertThat(islands(pairs)).containsExactly(0b11, 0b1100);
        assertThat(numa(pairs)).containsExactly(0, 1, 2, 3);
        assertThat(pairs.bestMask(0b1110, 2)).isEqualTo(0b1100);
        assertThat(rails(pairs)).containsOnly(-1);
        assertThat(reading.notes())
                .contains(
                        "a100PciePairs: no GPU reaches mlx5_0 without the CPU (PIX or PXB), so that they are on no rail");
    }

    @Test
    void aPairSharesANicThatIsNearerToOne() {
        GpuTopologyText.Reading reading = fixture("nv4Pairs", null);
        GpuTopology pair = reading.topology();
        assertThat(pair.shape()).isEqualTo("pairs");
        assertThat(pair.nvlinkLanes(0, 1)).isEqualTo(4);
        assertThat(pair.linkGigabytesPerSecond(0, 1)).isEqualTo(200);
        assertThat(pair.nics().get(0).name()).isEqualTo("mlx5_bond_0");
        assertThat(pair.nics().get(0).distances())
                .containsExactly(LinkKind.PIX, LinkKind.PXB, LinkKind.SYS, LinkKind.SYS);
        assertThat(rails(pair)).containsOnly(0);
        assertThat(pair.bestMask(0b1110, 2)).isEqualTo(0b1100);
        assertThat(reading.notes())
                .contains(
                        "nv4Pairs: the GPU model is not given, so that NVLinks are taken for generation 2, 50 GB/s each in both"
                                + " directions");
    }

    @Test
    void anSxmPairBesideAPciePair() {
        GpuTopology mixed = fixture("mixedSxmAndPcie", "A100").topology();
        assertThat(mixed.shape()).isEqualTo("pairs");
        assertThat(islands(mixed)).containsExactly(0b11, 0b100, 0b1000);
        assertThat(mixed.bestMask(0b1111, 1)).isEqualTo(0b0100);
        assertThat(mixed.bestMask(0b1110, 2)).isEqualTo(0b1100);
    }

    @Test
    void anMi300xIsAMeshInWhichAPairHasOneLink() {
        GpuTopologyText.Reading reading = fixture("mi300x", "AMD Instinct MI300X");
        GpuTopology mi300x = reading.topology();
        assertThat(mi300x.shape()).isEqualTo("mesh");
        assertSameLinks(mi300x, GpuTopology.mesh(8, 128));
        assertThat(islands(mi300x)).containsExactly(0xFF);
        assertThat(numa(mi300x)).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        assertThat(reading.notes()).isEmpty();
    }

    @Test
    void twoHivesOfFourAreHalves() {
        GpuTopologyText.Reading reading = fixture("mi210Hives", null);
        GpuTopology hives = reading.topology();
        assertThat(hives.shape()).isEqualTo("halves");
        assertThat(islands(hives)).containsExactly(0x0F, 0xF0);
        assertThat(hives.linkKind(0, 4)).isEqualTo(LinkKind.SYS);
        assertThat(hives.bestMask(0b1111_0110, 2)).isEqualTo(0b0000_0110);
        assertThat(reading.notes())
                .containsExactly(
                        "mi210Hives: the GPU model is not given, so that a link is taken to have 100 GB/s in both directions");
    }

    /** Which GPUs an island has in each layout, as bits from the lowest. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            dgx1V100,          Tesla V100-SXM2-32GB,  hybrid-cube-mesh, 00001111 11110000
            dgxA100,           A100-SXM4-80GB,        nvswitch,         11111111
            hgxA100,           ,                      nvswitch,         11111111
            h100TouchingCells, NVIDIA H100 80GB HBM3, nvswitch,         11111111
            h100SharedNics,    H100,                  nvswitch,         11111111
            a100PciePairs,     NVIDIA A100 80GB PCIe, pairs,            11 1100
            nv4Pairs,          ,                      pairs,            11 1100
            mixedSxmAndPcie,   A100,                  pairs,            11 100 1000
            mi300x,            AMD Instinct MI300X,   mesh,             11111111
            mi210Hives,        ,                      halves,           00001111 11110000
            """)
    void islandsOfTheTenLayouts(String name, @Nullable String model, String shape, String islands) {
        GpuTopology topology = fixture(name, model).topology();
        assertThat(topology.shape()).isEqualTo(shape);
        assertThat(islands(topology))
                .isEqualTo(Stream.of(islands.split(" ", -1))
                        .map(island -> Integer.parseInt(island, 2))
                        .toList());
    }

    @Test
    void theQuadsOfADgx1WithMostLinksAreItsHalves() {
        GpuTopology dgx1 = fixture("dgx1V100", "Tesla V100-SXM2-32GB").topology();
        Map<Integer, List<Integer>> quadsByLinks = new TreeMap<>();
        int[] pairsByLanes = new int[3];
        for (int quad = 0; quad < 1 << 8; quad++) {
            int links = 0;
            for (int a = 0; a < 8; a++) {
                for (int b = 0; b < a; b++) {
                    links += (quad >>> a & quad >>> b & 1) * dgx1.nvlinkLanes(a, b);
                    if (quad == 0) {
                        pairsByLanes[dgx1.nvlinkLanes(a, b)]++;
                    }
                }
            }
            if (Integer.bitCount(quad) == 4) {
                quadsByLinks.computeIfAbsent(links, unused -> new ArrayList<>()).add(quad);
            }
        }
        assertThat(pairsByLanes).containsExactly(12, 8, 8);
        assertThat(quadsByLinks.get(9)).containsExactly(0x0F, 0xF0);
        assertThat(quadsByLinks.keySet()).startsWith(2).endsWith(9);
    }

    @Test
    void theTitlesMayTouchTheNames() {
        GpuTopology one = read("    GPU0CPU Affinity NUMA Affinity\nGPU0X   0-7          1\n", null)
                .topology();
        assertThat(one.gpuCount()).isOne();
        assertThat(numa(one)).containsExactly(1);
    }

    @Test
    void whatCannotBeUsedIsNoted() {
        String text = """
                Mon
                 GPU0 GPU1 CPU Affinity  NUMA Affinity
                GPU0 X PIX 0-7
                GPU1 PIX X 0-7 0-1
                warning: x
                  NIC7: mlx5_7
                1
                2
                3
                4
                5
                """;
        GpuTopologyText.Reading reading = read(text, null);
        assertThat(numa(reading.topology())).containsExactly(-1, -1);
        assertThat(reading.notes())
                .containsExactly(
                        "t:1: is not used: 'Mon'",
                        "t:3: '0-7' cannot be told apart as [CPU Affinity, NUMA Affinity], so that the NUMA node of GPU0 is"
                                + " unknown",
                        "t:4: the NUMA affinity of GPU1 is '0-1', which is not one node, so that it is unknown",
                        "t:5: is not used: 'warning: x'",
                        "t:6: names NIC7, which the header does not have",
                        "t:7: is not used: '1'",
                        "t:8: is not used: '2'",
                        "t:9: is not used: '3'",
                        "t:2: 'CPU Affinity' is not used",
                        "t: 2 further lines are not used");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hello | t:1: the file has no line that names the GPUs (GPU0 GPU1 ...), allowed: what nvidia-smi topo -m or",
                "H;GPU0 X FOO PIX | t:2: GPU0 to GPU1 is 'FOO', allowed: X, NV1 to NV18, PIX, PXB, PHB, NODE, SYS",
                "H;GPU0 X SYSFOO PIX | t:2: GPU0 to NIC0 is 'FOO', allowed: X, NV1",
                "H;GPU0 X NV1 | t:2: GPU0 has 2 cells, allowed: 3, one for each name of the header",
                "H;GPU0 X NV1 PIX | t:1: GPU1 has no row, allowed: a row for each GPU of the header",
                "H;GPU0 X NV1 PIX;GPU1 NV2 X PIX | t:3: GPU1 to GPU0 is 'NV2', allowed: 'NV1' as on line 2",
                "H;GPU0 X NV1 PIX;GPU1 NV1 X PIX;NIC0 PIX SYS X | t:4: NIC0 to GPU1 is 'SYS', allowed: 'PIX' as on line 3",
                "H;GPU0 X NV1 NV1;GPU1 NV1 X PIX | t:2: GPU0 to NIC0 is 'NV1', allowed: PIX, PXB, PHB, NODE, SYS, because",
                "H;GPU0 X NV0 PIX;GPU1 NV0 X PIX | t:2: GPU0 to GPU1 is 'NV0', allowed: NV1 to NV18",
                "H;GPU0 X NV19 PIX;GPU1 NV19 X PIX | t:2: GPU0 to GPU1 is 'NV19', allowed: NV1 to NV18",
                "H;GPU0 PIX NV1 PIX;GPU1 NV1 X PIX | t:2: GPU0 to GPU0 is 'PIX', allowed",
                "H;GPU0 X X PIX;GPU1 X X PIX | t:2: GPU0 to GPU1 is 'X', allowed",
                "H;GPU0 X NV1 PIX;GPU0 X NV1 PIX | t:3: GPU0 has a row on line 2 already, allowed: the matrix of one node",
                "H;GPU0 X NV1 PIX 0-7 two;GPU1 NV1 X PIX | t:2: NUMA affinity of GPU0 is 'two', allowed: a number from 0 to 1023",
                "GPU0 GPU2 | t:1: column 2 is 'GPU2', allowed: GPU1, because the GPUs stand first and are numbered from 0",
                "GPU0 mlx5_0mlx5_0 | t:1: column 3 is 'mlx5_0', allowed: the GPUs first, then each NIC once",
                "GPU0 GPU1;GPU0 X NV120-55 0 | t:2: GPU0 to GPU1 is 'NV120-55', allowed: X, NV1",
                "H;GPU0 X PIX PIX;GPU1 PIX X PIX;NIC0: a;NIC0: b | t:5: NIC0 is named twice, allowed: once",
            })
    void aBadMatrixIsNamedByFileAndLine(String text, String message) {
        String whole = text.replace("H;", TWO).replace(";", "\n");
        assertThatThrownBy(() -> read(whole, null))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aMatrixThatTheModelCannotHaveIsRefused() {
        String text = TWO + "GPU0 X NV12 PIX\nGPU1 NV12 X PIX\n";
        assertThatThrownBy(() -> read(text, "L40S"))
                .hasMessage("t:2: GPU0 to GPU1 is 'NV12', allowed: no NVLink, because the model is L40S");
        assertThatThrownBy(() -> read(text, "V100"))
                .hasMessage("t:2: GPU0 to GPU1 is 'NV12', allowed: NV1 to NV6 for V100-SXM2-16GB");
        assertThat(read(text, "B200").topology().linkGigabytesPerSecond(0, 1)).isEqualTo(1200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "== Weight between two GPUs == | t:1: the file has no matrix 'Link Type between two GPUs', allowed: what rocm-smi",
                "@;@ | t:2: 'link type between two gpus' is on line 1 already, allowed: the matrices of one node",
                "@ | t:1: the matrix has 0 rows and 0 columns, allowed: at least one of each",
                "@;GPU0 0 | t:2: 'GPU0 0' stands before the line that names the GPUs",
                "@;GPU0 GPU1;GPU0 0 XGMI | t:1: the matrix has 1 rows and 2 columns, allowed: 2 of each",
                "@;GPU0 GPU1;GPU0 0 | t:3: GPU0 has 1 cells, allowed: 2 rows of 2",
                "@;GPU0 GPU1;GPU1 0 0 | t:3: 'GPU1' stands here, allowed: GPU0, because the GPUs are numbered from 0",
                "@;GPU0 GPU1;GPU0 0 FOO;GPU1 FOO 0 | t:3: link type of GPU0 to GPU1 is 'FOO', allowed: XGMI, PCIE",
                "@;GPU0 GPU1;GPU0 0 XGMI;GPU1 PCIE 0 | t:4: link type of GPU1 to GPU0 is 'PCIE', allowed: 'XGMI' as on line 3",
                "@;GPU0;GPU0 0;==;GPU[0] : (Topology) Numa Node: x | t:5: NUMA node of GPU0 is 'x', allowed: a number from 0 to 1023",
            })
    void aBadShowtopoIsNamedByFileAndLine(String text, String message) {
        String whole = text.replace("@", "== Link Type between two GPUs ==").replace(";", "\n");
        assertThatThrownBy(() -> read(whole, null))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(message);
    }

    static GpuTopologyText.Reading fixture(String name, @Nullable String model) {
        try (InputStream in =
                GpuTopologyTextTest.class.getResourceAsStream("GpuTopologyFuzzTestInputs/topology/" + name)) {
            assertThat(in).as(name).isNotNull();
            return GpuTopologyText.read(name, in.readAllBytes(), model(model));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static @Nullable GpuModel model(@Nullable String name) {
        GpuModel model = name == null ? null : GpuCatalog.builtIn().find(name, 0);
        assertThat(model == null).as(name).isEqualTo(name == null);
        return model;
    }

    private static GpuTopologyText.Reading read(String text, @Nullable String model) {
        return GpuTopologyText.read("t", text.getBytes(StandardCharsets.UTF_8), model(model));
    }

    private static void assertSameLinks(GpuTopology topology, GpuTopology expected) {
        for (int a = 0; a < expected.gpuCount(); a++) {
            for (int b = 0; b < a; b++) {
                assertThat(topology.linkKind(a, b)).isEqualTo(expected.linkKind(a, b));
                assertThat(topology.linkGigabytesPerSecond(a, b)).isEqualTo(expected.linkGigabytesPerSecond(a, b));
            }
        }
    }

    private static List<Integer> islands(GpuTopology topology) {
        List<Integer> islands = new ArrayList<>();
        for (int island = 0; island < topology.islandCount(); island++) {
            islands.add(topology.islandMask(island));
        }
        return islands;
    }

    private static List<Integer> rails(GpuTopology topology) {
        List<Integer> rails = new ArrayList<>();
        for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
            rails.add(topology.railOf(gpu));
        }
        return rails;
    }

    private static List<Integer> numa(GpuTopology topology) {
        List<Integer> numa = new ArrayList<>();
        for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
            numa.add(topology.numaOf(gpu));
        }
        return numa;
    }
}
