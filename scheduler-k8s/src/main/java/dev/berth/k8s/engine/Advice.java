package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Proposal;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** On which nodes a request has room, for those who want to choose themselves. Looks at a copy of the book. */
final class Advice {
    private final Book book;
    private final Cluster cluster;
    private final LedgerSnapshot snapshot;
    private final NodeReading reading = new NodeReading();

    private record Fitting(String name, int heldMilli) {}

    Advice(Book book) {
        this.book = book;
        cluster = book.cluster();
        snapshot = book.snapshot();
    }

    /** The named nodes with room, those with most GPUs in use first, the one that Berth would take before all. */
    FilterAnswer fitting(Request request, Collection<String> nodeNames) {
        String best = best(request, nodeNames);
        List<Fitting> fitting = new ArrayList<>();
        Map<String, String> refused = new LinkedHashMap<>();
        for (String name : nodeNames) {
            int node = cluster.nodeId(name);
            String why = node < 0 ? "Berth does not know the node" : whyNot(request, node);
            if (why.isEmpty()) {
                fitting.add(new Fitting(name, name.equals(best) ? Integer.MAX_VALUE : heldMilli(node)));
            } else {
                refused.put(name, why);
            }
        }
        fitting.sort(Comparator.comparingInt(node -> -node.heldMilli));
        List<String> names = fitting.stream().map(Fitting::name).toList();
        return new FilterAnswer("", names, names.isEmpty() ? refused : Map.of());
    }

    /** 10 for the node that is held or would be taken, 1 to 9 for others with room, more for those more in use, 0 for those without. */
    Map<String, Integer> scores(Request request, Collection<String> nodeNames, @Nullable String held) {
        String best = held != null ? held : best(request, nodeNames);
        Map<String, Integer> scores = new LinkedHashMap<>();
        for (String name : nodeNames) {
            int node = cluster.nodeId(name);
            int score = 0;
            if (name.equals(best)) {
                score = 10;
            } else if (node >= 0 && whyNot(request, node).isEmpty()) {
                score = 1 + 8 * heldMilli(node) / Math.max(1, 1000 * cluster.gpuCount(node));
            }
            scores.put(name, score);
        }
        return scores;
    }

    private @Nullable String best(Request request, Collection<String> nodeNames) {
        return book.plan(request, nodeNames) instanceof Proposal proposal ? proposal.nodeName() : null;
    }

    private int heldMilli(int node) {
        snapshot.read(node, reading);
        int free = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            free += reading.gpuFreeMilli(gpu);
        }
        return 1000 * cluster.gpuCount(node) - free;
    }

    /** What a node lacks, or nothing. */
    String whyNot(Request request, int node) {
        snapshot.read(node, reading);
        if (!reading.allocatable()) {
            return reading.overcommitted() ? "pods hold more than the node has" : "node is " + reading.state();
        }
        if (!request.labels().entrySet().stream()
                .allMatch(label -> label.getValue().equals(cluster.labels(node).get(label.getKey())))) {
            return "labels";
        }
        String gpus = gpus(request, node);
        if (!gpus.isEmpty()) {
            return gpus;
        }
        if (reading.cpuFreeMilli() < request.cpuMilli()) {
            return "cpu: " + reading.cpuFreeMilli() + "m free";
        }
        if (reading.memoryFreeMib() < request.memoryMib()) {
            return "memory: " + reading.memoryFreeMib() + " MiB free";
        }
        for (Map.Entry<String, Long> counted : request.counted().entrySet()) {
            int resource = cluster.countedNames().indexOf(counted.getKey());
            long free = resource < 0 ? 0 : reading.countedFree(resource);
            if (free < counted.getValue()) {
                return counted.getKey() + ": " + free + " free";
            }
        }
        return "";
    }

    private String gpus(Request request, int node) {
        GpuDemand demand = request.gpus();
        if (demand instanceof GpuDemand.None) {
            return "";
        }
        String model = cluster.gpuCount(node) == 0 ? "" : cluster.gpuModels().get(cluster.gpuModelId(node));
        if (!request.gpuModels().isEmpty() && !request.gpuModels().contains(model)) {
            return "GPU model is " + model;
        }
        if (cluster.gpuMemoryMib(node) < request.minGpuMemoryMib()) {
            return "GPU memory is " + cluster.gpuMemoryMib(node) + " MiB";
        }
        if (demand instanceof GpuDemand.Whole whole) {
            int free = Integer.bitCount(reading.freeGpuMask() & cluster.plainGpuMask(node));
            return free >= whole.count() ? "" : "GPUs: " + free + " free";
        }
        if (demand instanceof GpuDemand.Share share) {
            int most = 0;
            for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
                boolean isPlain = (cluster.plainGpuMask(node) >>> gpu & 1) != 0;
                most = Math.max(most, isPlain ? reading.gpuFreeMilli(gpu) : 0);
            }
            return most >= share.milli() ? "" : "GPU share: " + most + "/1000 free on the emptiest GPU";
        }
        return demand instanceof GpuDemand.Mig mig ? mig(mig.profile(), node) : "";
    }

    private String mig(String profile, int node) {
        MigGeometry geometry = cluster.migGeometry(node);
        int index = geometry == null ? -1 : geometry.profileIndex(profile);
        if (geometry == null || index < 0) {
            return "no GPU with MIG profile " + profile;
        }
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            boolean isMig = (cluster.migGpuMask(node) >>> gpu & 1) != 0;
            if (isMig && geometry.bestStart(index, reading.migOccupancy(gpu)) >= 0) {
                return "";
            }
        }
        return "no room for MIG profile " + profile;
    }
}
