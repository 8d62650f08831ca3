package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a pod list of the openb trace (Alibaba cluster-trace-gpu-v2023): a CSV file with the columns {@code name, cpu_milli,
 * memory_mib, num_gpu, gpu_milli} (of each GPU; less than 1000 only with one GPU) and, where there is one, {@code gpu_spec}
 * (allowed models, {@code A|B}; nothing means any), in any order, others ignored.
 */
public final class OpenbPods {
    private OpenbPods() {}

    /**
     * One line of the list.
     *
     * @param name name of the pod
     * @param request what it asks for; equal requests are the same object
     */
    public record Pod(String name, Request request) {}

    /**
     * The pods of a file, gzipped or not, in its order.
     *
     * @throws BadInputException if the file cannot be used
     */
    public static List<Pod> read(Path file) {
        return pods(CsvTable.read(file));
    }

    /**
     * The pods in the bytes of a file.
     *
     * @param source what to call the file in errors
     * @throws BadInputException if the bytes cannot be used
     */
    public static List<Pod> read(String source, byte[] bytes) {
        return pods(new CsvTable(source, bytes));
    }

    private static List<Pod> pods(CsvTable table) {
        List<Pod> pods = new ArrayList<>(table.rows().size());
        Map<Request, Request> same = new HashMap<>();
        for (CsvTable.Row row : table.rows()) {
            Request request = request(row);
            pods.add(new Pod(row.text("name"), same.computeIfAbsent(request, first -> first)));
        }
        return pods;
    }

    private static Request request(CsvTable.Row row) {
        int gpus = row.number("num_gpu", 0, Cluster.MAX_GPUS_PER_NODE);
        int milli = switch (gpus) {
            case 0 -> row.number("gpu_milli", 0, 0);
            case 1 -> row.number("gpu_milli", 1, 1000);
            default -> row.number("gpu_milli", 1000, 1000);
        };
        GpuDemand demand = GpuDemand.NONE;
        if (gpus > 0) {
            demand = milli < 1000 ? new GpuDemand.Share(milli) : new GpuDemand.Whole(gpus);
        }
        return new Request(
                demand,
                row.number("cpu_milli", 0, Integer.MAX_VALUE),
                row.number("memory_mib", 0, Integer.MAX_VALUE),
                Map.of(),
                models(row, gpus),
                0,
                Map.of());
    }

    private static Set<String> models(CsvTable.Row row, int gpus) {
        String spec = row.optional("gpu_spec");
        if (spec == null || spec.isBlank()) {
            return Set.of();
        }
        if (gpus == 0) {
            throw row.bad("gpu_spec", spec, "nothing, because num_gpu is 0", null);
        }
        Set<String> models = new TreeSet<>();
        for (String model : spec.split("\\|", -1)) {
            if (model.isBlank()) {
                throw row.bad("gpu_spec", spec, "names of models with | between them", null);
            }
            models.add(model.strip());
        }
        return models;
    }
}
