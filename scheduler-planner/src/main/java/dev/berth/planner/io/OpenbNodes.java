package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a node list of the openb trace (Alibaba cluster-trace-gpu-v2023): a CSV file with the columns {@code sn, cpu_milli,
 * memory_mib, gpu} (number of GPUs) and {@code model}, in any order, others ignored.
 */
public final class OpenbNodes {
    private OpenbNodes() {}

    /**
     * The nodes of a file, gzipped or not.
     *
     * @throws BadInputException if the file cannot be used
     */
    public static List<NodeSpec> read(Path file) {
        return nodes(CsvTable.read(file));
    }

    /**
     * The nodes in the bytes of a file.
     *
     * @param source what to call the file in errors
     * @throws BadInputException if the bytes cannot be used
     */
    public static List<NodeSpec> read(String source, byte[] bytes) {
        return nodes(new CsvTable(source, bytes));
    }

    private static List<NodeSpec> nodes(CsvTable table) {
        List<NodeSpec> nodes = new ArrayList<>(table.rows().size());
        Set<String> names = new HashSet<>();
        for (CsvTable.Row row : table.rows()) {
            String name = row.text("sn");
            if (name.isBlank() || !names.add(name)) {
                throw row.bad("sn", name, "a name that no other node has", null);
            }
            if (names.size() > Cluster.MAX_NODES) {
                throw row.bad("sn", name, "at most " + Cluster.MAX_NODES + " nodes", null);
            }
            int gpus = row.number("gpu", 0, Cluster.MAX_GPUS_PER_NODE);
            String model = row.text("model");
            if (model.isBlank() != (gpus == 0)) {
                throw row.bad("model", model, "a name for a node with GPUs, nothing for one without", null);
            }
            nodes.add(NodeSpec.named(name)
                    .gpus(gpus == 0 ? null : model, gpus, 0)
                    .cpuMilli(row.number("cpu_milli", 0, Integer.MAX_VALUE))
                    .memoryMib(row.number("memory_mib", 0, Integer.MAX_VALUE))
                    .build());
        }
        return nodes;
    }
}
