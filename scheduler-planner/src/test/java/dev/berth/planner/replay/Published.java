package dev.berth.planner.replay;

import dev.berth.planner.Traces;
import dev.berth.planner.io.OpenbNodes;
import dev.berth.planner.io.OpenbPods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The openb lists, and what was published and measured of them elsewhere. */
final class Published {
    /** The seeds of the published runs. */
    static final long[] SEEDS = {42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

    /** The artefact's names of its six policies. */
    static final Map<String, String> POLICIES = Map.of(
            "random", "01-Random",
            "dot-product", "02-DotProd",
            "gpu-clustering", "03-GpuClustering",
            "gpu-packing", "04-GpuPacking",
            "best-fit", "05-BestFit",
            "fgd", "06-FGD");

    /** All lists, the ones that tell policies apart best first. */
    static final List<String> LISTS = List.of(
            "default",
            "gpuspec33",
            "gpushare100",
            "cpu250",
            "multigpu50",
            "gpushare40",
            "gpuspec25",
            "gpuspec10",
            "gpushare80",
            "cpu050",
            "cpu100",
            "multigpu20",
            "multigpu40");

    private Published() {}

    /** The lists to test: the first few, or with {@code -Pfull} all. */
    static List<String> lists(int few) {
        return full() ? LISTS : LISTS.subList(0, few);
    }

    static boolean full() {
        return Boolean.getBoolean("berth.full");
    }

    static Trace trace(String list) {
        Path traces = Traces.dir();
        return new Trace(OpenbNodes.read(TraceFiles.nodes(traces)), OpenbPods.read(TraceFiles.pods(traces, list)));
    }

    /** Mean over the published seeds of GPU milli allocated, in per cent, when all of the capacity has been asked for. */
    static double allocatedPercent(String list, String policy) throws IOException {
        List<String> lines = Files.readAllLines(Traces.file("openb/fgd_published_alloc.csv"));
        List<String> header = Arrays.asList(lines.get(0).split(","));
        return lines.stream()
                .skip(1)
                .map(line -> line.split(","))
                .filter(cells -> cells[header.indexOf("list")].equals(list)
                        && cells[header.indexOf("policy")].equals(POLICIES.get(policy)))
                .mapToDouble(cells -> Double.parseDouble(cells[header.indexOf("alloc_at_100")]))
                .average()
                .orElseThrow();
    }
}
