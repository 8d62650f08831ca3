package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Plans by reading every node of the ledger for every task: what the index must not differ from. */
final class NaivePlanner {
    private final Ledger ledger;
    private final Cluster cluster;
    private final NodeScorer scorer;
    private final View view;
    private final int[] order;
    private final List<Request> seen = new ArrayList<>();
    private final NodeReading reading = new NodeReading();

    NaivePlanner(Ledger ledger, Policy policy, long orderSeed) {
        this.ledger = ledger;
        cluster = ledger.cluster();
        order = Engine.order(cluster.nodeCount(), orderSeed);
        view = new View(cluster, ledger.claimLimit());
        readAll();
        scorer = policy.scorer(view);
        readAllForScorer();
    }

    private void readAll() {
        for (int node = 0; node < cluster.nodeCount(); node++) {
            ledger.read(node, reading);
            view.set(node, reading);
        }
    }

    private void readAllForScorer() {
        readAll();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            scorer.nodeChanged(view, node);
        }
    }

    Demand demand(Request request) {
        if (!seen.contains(request)) {
            seen.add(request);
        }
        return new Demand(seen.indexOf(request), request, cluster);
    }

    void arrived(Request request) {
        readAllForScorer();
        scorer.arrived(view, demand(request), node -> {});
        NodeScorer.Rebuild due = scorer.rebuildDue();
        if (due != null) {
            scorer.install(view, due.compute());
            readAllForScorer();
        }
    }

    /** The node, or -1. */
    int plan(Request request, @Nullable NodeSet allowed) {
        readAllForScorer();
        int best = -1;
        for (int node : order) {
            if ((allowed == null || allowed.contains(node))
                    && fits(node, request)
                    && (best < 0 || key(node, request) < key(best, request))) {
                best = node;
            }
        }
        return best;
    }

    /** Key of a node as it is in the ledger, {@link ScoreTrees#NONE} when the request does not fit. */
    int keyOrNone(int node, Request request) {
        return fits(node, request) ? key(node, request) : ScoreTrees.NONE;
    }

    void refresh() {
        readAllForScorer();
    }

    int key(int node, Request request) {
        int key = scorer.key(view, node, demand(request));
        return Math.max(NodeScorer.MIN_KEY, Math.min(NodeScorer.MAX_KEY, key));
    }

    int gpuForShare(int node, Request request) {
        return scorer.gpuForShare(view, node, demand(request));
    }

    /** Straight from the ledger, in the order in which the request names things. */
    boolean fits(int node, Request request) {
        return failures(node, request).isEmpty();
    }

    /** What of the request fails on the node, as {@link Refusal.Reason#resource} calls it. */
    List<String> failures(int node, Request request) {
        boolean power = bearsPower(node, request);
        ledger.read(node, reading);
        List<String> failures = new ArrayList<>();
        if (!power) {
            failures.add("power");
        }
        if (!reading.allocatable()) {
            failures.add("node state");
        }
        if (reading.liveClaims() >= ledger.claimLimit()) {
            failures.add("claim limit");
        }
        Map<String, String> rest = new HashMap<>(request.labels());
        rest.entrySet().removeAll(cluster.labels(node).entrySet());
        if (!rest.isEmpty()) {
            failures.add("labels");
        }
        int model = cluster.gpuModelId(node);
        if (!request.gpuModels().isEmpty()
                && (model < 0
                        || !request.gpuModels().contains(cluster.gpuModels().get(model)))) {
            failures.add("gpu model");
        }
        if (request.minGpuMemoryMib() > cluster.gpuMemoryMib(node)) {
            failures.add("gpu memory");
        }
        if (request.gpus() instanceof GpuDemand.Whole whole && freeGpus(node) < whole.count()) {
            failures.add("gpus");
        }
        if (request.gpus() instanceof GpuDemand.Share share && largestShare(node) < share.milli()) {
            failures.add("gpu share");
        }
        if (request.gpus() instanceof GpuDemand.Mig mig && migGpu(node, mig.profile()) < 0) {
            failures.add("mig profile");
        }
        if (reading.cpuFreeMilli() < request.cpuMilli()) {
            failures.add("cpu");
        }
        if (reading.memoryFreeMib() < request.memoryMib()) {
            failures.add("memory");
        }
        request.counted().forEach((resource, amount) -> {
            if (countedFree(resource) < amount) {
                failures.add(resource);
            }
        });
        return failures;
    }

    private boolean bearsPower(int node, Request request) {
        int rack = cluster.rackId(node);
        int cap = rack < 0 ? 0 : cluster.rack(rack).powerCapW();
        if (cap == 0) {
            return true;
        }
        int added = addedW(node, request);
        int ready = nodeW(node, NodeState.READY, reading.liveClaims() > 0, busyGpus(node));
        int now = nodeW(node, reading.state(), reading.liveClaims() > 0, busyGpus(node));
        return added == 0 || rackW(rack) - now + ready + added <= cap;
    }

    /** What the nodes of a rack draw together. */
    long rackW(int rack) {
        long sum = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (cluster.rackId(node) == rack) {
                ledger.read(node, reading);
                sum += nodeW(node, reading.state(), reading.liveClaims() > 0, busyGpus(node));
            }
        }
        return sum;
    }

    /** What a task would add to the draw of a node that is ready. */
    int addedW(int node, Request request) {
        ledger.read(node, reading);
        int now = nodeW(node, NodeState.READY, reading.liveClaims() > 0, busyGpus(node));
        int unused = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            boolean ofKind = isPlain(node, gpu) != request.gpus() instanceof GpuDemand.Mig;
            unused += ofKind && isUnused(node, gpu) ? 1 : 0;
        }
        int more = request.gpus() instanceof GpuDemand.Whole whole
                ? whole.count()
                : request.gpus() instanceof GpuDemand.None ? 0 : Math.min(1, unused);
        int busy = Math.min(cluster.gpuCount(node), busyGpus(node) + more);
        return nodeW(node, NodeState.READY, true, busy) - now;
    }

    private int nodeW(int node, NodeState state, boolean inUse, int busyGpus) {
        NodePower power = Objects.requireNonNull(cluster.power(node));
        if (state == NodeState.RACKED) {
            return 0;
        }
        boolean burnIn = state == NodeState.BURN_IN;
        if (!inUse && !burnIn) {
            return power.idleW();
        }
        PowerBasis basis = cluster.powerBasis();
        int gpus = cluster.gpuCount(node);
        if (basis == PowerBasis.EXPECTED && power.idleW() > 0 && (power.busyGpuW() > 0 || gpus == 0)) {
            return power.idleW() + power.busyGpuW() * (burnIn ? gpus : busyGpus);
        }
        return basis == PowerBasis.NAMEPLATE || power.measuredW() == 0 ? power.nameplateW() : power.measuredW();
    }

    private int busyGpus(int node) {
        int busy = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            busy += isUnused(node, gpu) ? 0 : 1;
        }
        return busy;
    }

    private boolean isUnused(int node, int gpu) {
        return isPlain(node, gpu) ? reading.gpuFreeMilli(gpu) == 1000 : reading.migOccupancy(gpu) == 0;
    }

    private long countedFree(String resource) {
        int id = cluster.countedNames().indexOf(resource);
        return id < 0 ? 0 : reading.countedFree(id);
    }

    /** What the node that was read last has of something that comes in amounts. */
    long has(int node, String resource) {
        ledger.read(node, reading);
        return switch (resource) {
            case "gpu memory" -> cluster.gpuMemoryMib(node);
            case "gpus" -> freeGpus(node);
            case "gpu share" -> largestShare(node);
            case "cpu" -> reading.cpuFreeMilli();
            case "memory" -> reading.memoryFreeMib();
            default -> countedFree(resource);
        };
    }

    private int freeGpus(int node) {
        int free = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            free += isPlain(node, gpu) && reading.gpuFreeMilli(gpu) == 1000 ? 1 : 0;
        }
        return free;
    }

    private int largestShare(int node) {
        int largest = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            largest = isPlain(node, gpu) ? Math.max(largest, reading.gpuFreeMilli(gpu)) : largest;
        }
        return largest;
    }

    private boolean isPlain(int node, int gpu) {
        return (cluster.migGpuMask(node) >>> gpu & 1) == 0;
    }

    /** The fullest GPU on which the profile can start, or -1. */
    int migGpu(int node, String profile) {
        ledger.read(node, reading);
        MigGeometry geometry = cluster.migGeometry(node);
        int index = geometry == null ? -1 : geometry.profileIndex(profile);
        int best = -1;
        for (int gpu = 0; geometry != null && index >= 0 && gpu < cluster.gpuCount(node); gpu++) {
            if (!isPlain(node, gpu)
                    && geometry.placeableStarts(index, reading.migOccupancy(gpu)) != 0
                    && (best < 0 || taken(gpu) > taken(best))) {
                best = gpu;
            }
        }
        return best;
    }

    private int taken(int gpu) {
        return Integer.bitCount(reading.migOccupancy(gpu) & 0xFF);
    }
}
