package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** What a refusal says against counting by hand, and its relaxation against doing it. */
class RefusalOracleTest {
    private static final Set<String> ALL_OR_NOTHING =
            Set.of("allowed nodes", "node state", "claim limit", "labels", "gpu model", "power");

    @Property(tries = 1500)
    void countsWhatFailsAndRelaxesTheLeast(
            @ForAll @IntRange(min = 1, max = 25) int nodes, @ForAll @IntRange(max = 250) int steps, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Planner planner = new Planner(world.ledger, Policies.byName("first-fit"), seed);
        NaivePlanner oracle = new NaivePlanner(world.ledger, Policies.byName("first-fit"), seed);
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            world.outside(random, handles);
        }
        for (Request request : PlacementCase.requests(6, random)) {
            NodeSet allowed = random.nextBoolean() ? world.someNodes(random) : null;
            if (oracle.plan(request, allowed) < 0) {
                Refusal refusal = planner.explain(planner.demand(request), allowed);
                assertThat(refusal.request()).isEqualTo(request);
                assertThat(refusal.nodes()).isEqualTo(nodes);
                checkReasons(world, oracle, refusal, allowed);
                checkRelaxation(world, planner, oracle, refusal, allowed);
            }
        }
    }

    private static List<String> failures(NaivePlanner oracle, int node, Request request, @Nullable NodeSet allowed) {
        List<String> failures = oracle.failures(node, request);
        if (allowed != null && !allowed.contains(node)) {
            failures.add("allowed nodes");
        }
        return failures;
    }

    private static void checkReasons(
            PlacementCase world, NaivePlanner oracle, Refusal refusal, @Nullable NodeSet allowed) {
        Map<String, Integer> failing = new HashMap<>();
        Map<String, Integer> alone = new HashMap<>();
        Map<String, Long> best = new HashMap<>();
        Map<String, Long> bestAlone = new HashMap<>();
        long shortW = Long.MAX_VALUE;
        for (int node = 0; node < world.cluster.nodeCount(); node++) {
            List<String> failures = failures(oracle, node, refusal.request(), allowed);
            for (String resource : failures) {
                failing.merge(resource, 1, Integer::sum);
            }
            if (failures.size() == 1) {
                alone.merge(failures.get(0), 1, Integer::sum);
                if (failures.get(0).equals("power")) {
                    shortW = Math.min(shortW, shortW(world, oracle, node, refusal.request()));
                } else {
                    bestAlone.merge(failures.get(0), oracle.has(node, failures.get(0)), Math::max);
                }
            }
        }
        Set<String> named = new HashSet<>();
        for (Refusal.Reason reason : refusal.reasons()) {
            String resource = reason.resource();
            assertThat(named.add(resource)).isTrue();
            assertThat(reason.nodesFailing()).as(resource).isEqualTo(failing.get(resource));
            assertThat(reason.nodesFailingOnlyThis()).as(resource).isEqualTo(alone.getOrDefault(resource, 0));
            if (resource.equals("power") && alone.containsKey("power")) {
                assertThat(reason.missing()).isEqualTo(shortW + " W");
                assertThat(reason.best()).matches("\\d+ W left in rack r\\d+ \\(cap \\d+ W, drawn \\d+ W\\)");
                assertThat(number(reason.asked())).isPositive();
                continue;
            }
            if (ALL_OR_NOTHING.contains(resource) || resource.equals("mig profile")) {
                assertThat(reason.missing()).isEmpty();
                continue;
            }
            for (int node = 0; node < world.cluster.nodeCount(); node++) {
                best.merge(resource, oracle.has(node, resource), Math::max);
            }
            // Less than nothing is free on an overcommitted node.
            long had = bestAlone.getOrDefault(resource, best.get(resource));
            assertThat(number(reason.best())).as(resource).isEqualTo(Math.max(0, had));
            if (reason.best().equals("unknown")) {
                assertThat(resource).isEqualTo("gpu memory");
                assertThat(reason.missing()).isEmpty();
                continue;
            }
            assertThat(number(reason.missing())).isEqualTo(Math.max(0, number(reason.asked()) - had));
        }
        assertThat(named).isEqualTo(failing.keySet());
        Refusal.Reason binding = refusal.binding();
        assertThat(binding).isNotNull();
        int most = alone.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        assertThat(binding.nodesFailingOnlyThis()).isEqualTo(most);
    }

    /** Watts that the rack of a node lacks for a task. */
    private static long shortW(PlacementCase world, NaivePlanner oracle, int node, Request request) {
        int rack = world.cluster.rackId(node);
        long left = Math.max(0, world.cluster.rack(rack).powerCapW() - oracle.rackW(rack));
        return oracle.addedW(node, request) - left;
    }

    private static void checkRelaxation(
            PlacementCase world, Planner planner, NaivePlanner oracle, Refusal refusal, @Nullable NodeSet allowed) {
        Cluster cluster = world.cluster;
        double least = Double.POSITIVE_INFINITY;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            List<String> failures = failures(oracle, node, refusal.request(), allowed);
            if (failures.size() == 1) {
                least = Math.min(least, given(world, oracle, node, failures.get(0), refusal.request()));
            }
        }
        Refusal.Relaxation relaxation = refusal.relaxation();
        if (relaxation == null) {
            assertThat(least).isInfinite();
            return;
        }
        int node = cluster.nodeId(relaxation.nodeName());
        String resource = relaxation.resource();
        assertThat(failures(oracle, node, refusal.request(), allowed)).containsExactly(resource);
        assertThat(given(world, oracle, node, resource, refusal.request())).isEqualTo(least);
        doIt(world, planner, refusal.request(), relaxation, allowed);
    }

    /** The part of what is asked that has to be given up for this node. */
    private static double given(PlacementCase world, NaivePlanner oracle, int node, String resource, Request request) {
        if (ALL_OR_NOTHING.contains(resource)) {
            return 1;
        }
        if (request.gpus() instanceof GpuDemand.Mig mig && resource.equals("mig profile")) {
            MigGeometry geometry = world.cluster.migGeometry(node);
            if (geometry == null) {
                return Double.POSITIVE_INFINITY;
            }
            int index = geometry.profileIndex(mig.profile());
            if (index < 0) {
                return Double.POSITIVE_INFINITY;
            }
            int asked = geometry.sizeSlices(index);
            int largest = 0;
            for (int p = 0; p < geometry.profileCount(); p++) {
                if (geometry.sizeSlices(p) <= asked && oracle.migGpu(node, geometry.profileName(p)) >= 0) {
                    largest = Math.max(largest, geometry.sizeSlices(p));
                }
            }
            if (largest == 0) {
                return Double.POSITIVE_INFINITY;
            }
            return (asked - largest) / (double) asked;
        }
        long has = oracle.has(node, resource);
        if (Set.of("gpus", "gpu share", "cpu", "memory").contains(resource) && has == 0) {
            return Double.POSITIVE_INFINITY;
        }
        long asked = switch (resource) {
            case "gpu memory" -> request.minGpuMemoryMib();
            case "gpus" -> request.gpuMilli() / 1000;
            case "gpu share" -> request.gpuMilli();
            case "cpu" -> request.cpuMilli();
            case "memory" -> request.memoryMib();
            default -> request.counted().get(resource);
        };
        return (asked - has) / (double) asked;
    }

    /** Gives up what the relaxation says and nothing else; then the task must fit where it says. */
    private static void doIt(
            PlacementCase world,
            Planner planner,
            Request request,
            Refusal.Relaxation relaxation,
            @Nullable NodeSet allowed) {
        Cluster cluster = world.cluster;
        int node = cluster.nodeId(relaxation.nodeName());
        String to = relaxation.to();
        GpuDemand gpus = request.gpus();
        int cpuMilli = request.cpuMilli();
        long memoryMib = request.memoryMib();
        Map<String, Long> counted = new HashMap<>(request.counted());
        Set<String> models = request.gpuModels();
        int minMemoryMib = request.minGpuMemoryMib();
        Map<String, String> labels = request.labels();
        NodeSet where = NodeSet.of(cluster).add(node);
        NodeState restore = null;
        switch (relaxation.resource()) {
            case "allowed nodes" ->
                assertThat(allowed != null && !allowed.contains(node)).isTrue();
            case "node state" -> {
                if (to.equals("OVERCOMMITTED")) {
                    return; // heals when the outside world gives something back, which is nobody's to ask for
                }
                restore = NodeState.valueOf(to);
                world.ledger.setState(node, NodeState.READY);
            }
            case "labels" -> labels = Map.of();
            case "gpu model" -> models = Set.of(to);
            case "gpu memory" -> minMemoryMib = (int) number(to);
            case "gpus" -> gpus = new GpuDemand.Whole((int) number(to));
            case "gpu share" -> gpus = new GpuDemand.Share((int) number(to));
            case "mig profile" -> gpus = new GpuDemand.Mig(to);
            case "cpu" -> cpuMilli = (int) number(to);
            case "memory" -> memoryMib = number(to);
            case "claim limit", "power" -> {
                return;
            }
            default -> counted.put(relaxation.resource(), number(to));
        }
        Request less = new Request(gpus, cpuMilli, memoryMib, counted, models, minMemoryMib, labels);
        Plan plan = new Plan();
        assertThat(planner.plan(planner.demand(less), where, plan))
                .as("%s after %s", request, relaxation)
                .isTrue();
        long handle = planner.commit(plan);
        assertThat(handle).isPositive();
        world.ledger.release(handle);
        if (restore != null) {
            world.ledger.setState(node, restore);
        }
    }

    private static long number(String amount) {
        return amount.equals("unknown") ? 0 : Long.parseLong(amount.replaceAll(" .*", ""));
    }
}
