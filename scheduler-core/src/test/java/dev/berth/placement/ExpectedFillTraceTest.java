package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tables of the openb workloads (Weng et al., USENIX ATC 2023) have the figures that the policy was published with. */
@Tag("traces")
class ExpectedFillTraceTest {

    @Test
    void anOpenGpuIsWorthWhatStillFitsIt() throws IOException {
        Cluster cluster = cluster();
        TypicalWorkload workload = workload("default");
        assertThat(workload.size()).isEqualTo(35);
        NodeKinds nodes = new NodeKinds(cluster);
        ExpectedFillTables tables = ExpectedFillTables.of(workload, nodes, ExpectedFillParameters.FILL);
        Map<Integer, Integer> published =
                Map.of(190, 34, 320, 259, 350, 259, 470, 463, 530, 463, 650, 581, 680, 582, 810, 807, 1000, 1000);
        published.forEach(
                (milli, fill) -> assertThat(Math.round(tables.device(0).fill(milli)))
                        .as("h(%s)", milli)
                        .isBetween(fill - 1L, fill + 1L));
        assertThat(Scarcity.of(workload, nodes)).as("nobody asks for a model").containsOnly(0.0);
        for (int kind = 1; kind < nodes.kinds().size(); kind++) {
            assertThat(tables.node(kind))
                    .as("one pair of tables for all models")
                    .isSameAs(tables.node(0));
        }
    }

    @Test
    void modelsThatManyAskForAreScarce() throws IOException {
        Cluster cluster = cluster();
        TypicalWorkload workload = workload("gpuspec33");
        // The published figures tell "V100M16|V100M32|V100M32" from "V100M16|V100M32" and have 127 classes; a set of
        // models
        // does not, which brings three fewer and up to 0.06 more for the V100.
        assertThat(workload.size()).isEqualTo(124);
        NodeKinds nodes = new NodeKinds(cluster);
        double[] scarcity = Scarcity.of(workload, nodes);
        Map<String, Double> published =
                Map.of("A10", 0.0, "G2", 0.08, "G3", 0.18, "V100M16", 0.44, "V100M32", 0.47, "P100", 0.76, "T4", 1.34);
        assertThat(scarcity).hasSize(published.size());
        for (int kind = 0; kind < scarcity.length; kind++) {
            String model = cluster.gpuModels()
                    .get(cluster.gpuModelId(nodes.kinds().get(kind).node()));
            assertThat(scarcity[kind]).as(model).isCloseTo(published.get(model), within(0.07));
        }
    }

    @Test
    void onlyTheLargeNodesHaveAPrice() throws IOException {
        Cluster cluster = cluster();
        NodeKinds nodes = new NodeKinds(cluster);
        WholeNodePrices prices = WholeNodePrices.of(workload("default"), nodes, 1);
        for (int shape = 0; shape < nodes.shapeCount(); shape++) {
            int node = nodes.members(shape)[0];
            int group = prices.group(shape);
            assertThat(group >= 0).as("%s", cluster.spec(node)).isEqualTo(cluster.gpuCount(node) == 8);
            if (group >= 0) {
                assertThat(prices.price(group, 0)).isPositive();
                assertThat(prices.price(group, prices.members(group).length)).isLessThan(4000);
            }
        }
    }

    private static Cluster cluster() throws IOException {
        Cluster.Builder builder = Cluster.builder();
        for (Map<String, String> row : rows("openb_node_list_gpu_node.csv")) {
            builder.add(NodeSpec.named(row.get("sn"))
                    .gpus(row.get("model"), Integer.parseInt(row.get("gpu")), 0)
                    .cpuMilli(Integer.parseInt(row.get("cpu_milli")))
                    .memoryMib(Long.parseLong(row.get("memory_mib")))
                    .build());
        }
        return builder.build();
    }

    private static TypicalWorkload workload(String list) throws IOException {
        String name = "openb_pod_list_" + list + ".csv";
        return TypicalWorkload.of(rows(list.equals("default") ? name : name + ".gz").stream()
                .map(ExpectedFillTraceTest::request)
                .toList());
    }

    private static Request request(Map<String, String> row) {
        int gpus = Integer.parseInt(row.get("num_gpu"));
        int milli = Integer.parseInt(row.get("gpu_milli"));
        int cpuMilli = Integer.parseInt(row.get("cpu_milli"));
        long memoryMib = Long.parseLong(row.get("memory_mib"));
        if (gpus == 0) {
            return Request.cpuOnly(cpuMilli, memoryMib);
        }
        Request request = gpus > 1 || milli == 1000
                ? Request.gpus(gpus, cpuMilli, memoryMib)
                : Request.share(milli, cpuMilli, memoryMib);
        String models = row.get("gpu_spec");
        return models.isEmpty() ? request : request.onModels(Set.copyOf(List.of(models.split("\\|"))));
    }

    private static List<Map<String, String>> rows(String name) throws IOException {
        String dir = System.getProperty("berth.traces", "");
        assumeTrue(!dir.isEmpty() && Files.isDirectory(Path.of(dir)), () -> "no traces at " + dir);
        Path file = Path.of(dir, "openb", name);
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = name.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
                Stream<String> lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines()) {
            List<String[]> cells = lines.map(line -> line.split(",", -1)).toList();
            return cells.stream().skip(1).map(row -> named(cells.get(0), row)).toList();
        }
    }

    private static Map<String, String> named(String[] header, String[] row) {
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < header.length; i++) {
            named.put(header[i], row[i]);
        }
        return named;
    }
}
