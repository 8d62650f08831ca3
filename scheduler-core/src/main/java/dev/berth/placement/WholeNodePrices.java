package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What it costs to break a free node of a group, given how many nodes of the group are free or soon will be. A <em>whole-node
 * class</em> of a group asks for all GPUs of its nodes and for no more cores and memory than an empty one has. While such
 * nodes are ample the price is 0, so that a fresh cluster is filled as if there were none; as they become scarce it rises to
 * the GPU of the whole node.
 *
 * <p>The worth V(a) of a free nodes is the expected fill by whole-node tasks among the next H arrivals, those that would
 * fill the cluster once: from V = 0, in small steps,
 * {@code V'(a) = V(a) + sum over k <= a of r(k) * max(0, k * node + V(a - k) - V(a))}, where r(k) is the expected number of
 * tasks of k nodes in a step. The price is the slope of its concave hull, which is what a node is worth when gangs take
 * several at once.
 *
 * <p>Immutable.
 */
final class WholeNodePrices {
    /** Fewest GPUs of a node that is worth keeping whole; below, prices change nothing. */
    static final int LEAST_GPUS = 4;
    /** From this many GPUs on a class is one of whole nodes even if larger nodes could take it too. */
    static final int ALWAYS_WHOLE_GPUS = 8;
    /** Prices are rounded to this, so that they change rarely. */
    static final int ROUNDING_MILLI = 160;
    /** Longest price table; the nodes of a larger group are counted in blocks. */
    static final int MOST_BLOCKS = 1000;

    private static final int BLOCKS_OF_PATIENCE = 8;

    private static final double OFFERS_PER_STEP = 0.1;

    private final int[] groupOfShape;
    private final Group[] groups;

    /** Nodes of one kind with as many GPUs, empty ones of which take the same whole-node classes. */
    private static final class Group {
        final int[] members;
        final int[] cpuMilli;
        final long[] memoryMib;
        /** Demand for one node of this group that a class brings. */
        final double[] weight;
        /** Nodes per block. */
        final int block;
        /** Price in milli-GPU by number of free blocks. */
        int[] prices = new int[1];

        Group(int[] members, int classes) {
            this.members = members;
            cpuMilli = new int[classes];
            memoryMib = new long[classes];
            weight = new double[classes];
            block = (members.length + MOST_BLOCKS - 1) / MOST_BLOCKS;
        }
    }

    private record GroupKey(int kind, int gpus, List<Integer> classes) {}

    private WholeNodePrices(int[] groupOfShape, Group[] groups) {
        this.groupOfShape = groupOfShape;
        this.groups = groups;
    }

    /**
     * Prices for a workload. O(shapes * classes + groups * nodes of the group * tasks that they wait for).
     *
     * @param horizon arrivals to look ahead, in multiples of those that would fill the cluster once
     */
    static WholeNodePrices of(TypicalWorkload workload, NodeKinds nodes, double horizon) {
        Cluster cluster = nodes.cluster();
        List<TypicalWorkload.Counted> classes = workload.multiGpu();
        long[] takers = new long[classes.size()];
        int[] largest = new int[classes.size()];
        for (int shape = 0; shape < nodes.shapeCount(); shape++) {
            int node = nodes.members(shape)[0];
            for (int m = 0; m < takers.length; m++) {
                if (fitsEmpty(classes.get(m).request(), cluster, node)) {
                    takers[m] += nodes.members(shape).length;
                    largest[m] = Math.max(largest[m], cluster.gpuCount(node));
                }
            }
        }
        int[] groupOfShape = new int[nodes.shapeCount()];
        Map<GroupKey, List<Integer>> shapes = new LinkedHashMap<>();
        for (int shape = 0; shape < groupOfShape.length; shape++) {
            int node = nodes.members(shape)[0];
            List<Integer> wholeNode = new ArrayList<>();
            for (int m = 0; m < takers.length; m++) {
                int gpus = classes.get(m).request().gpuMilli() / 1000;
                boolean whole = gpus == cluster.gpuCount(node)
                        && gpus >= LEAST_GPUS
                        && (gpus >= ALWAYS_WHOLE_GPUS || gpus == largest[m]);
                if (whole && fitsEmpty(classes.get(m).request(), cluster, node)) {
                    wholeNode.add(m);
                }
            }
            groupOfShape[shape] = -1;
            if (!wholeNode.isEmpty()) {
                GroupKey key = new GroupKey(nodes.kind(node), cluster.gpuCount(node), wholeNode);
                List<Integer> same = shapes.computeIfAbsent(key, k -> new ArrayList<>());
                same.add(shape);
            }
        }
        double arrivalsAhead = workload.gpuMilliSum() == 0
                ? 0
                : horizon * nodes.plainMilli() * workload.arrivals() / workload.gpuMilliSum();
        Group[] groups = new Group[shapes.size()];
        int id = 0;
        for (Map.Entry<GroupKey, List<Integer>> entry : shapes.entrySet()) {
            for (int shape : entry.getValue()) {
                groupOfShape[shape] = id;
            }
            int[] members = entry.getValue().stream()
                    .flatMapToInt(shape -> Arrays.stream(nodes.members(shape)))
                    .toArray();
            groups[id++] = group(workload, takers, entry.getKey(), members, arrivalsAhead);
        }
        return new WholeNodePrices(groupOfShape, groups);
    }

    private static boolean fitsEmpty(Request request, Cluster cluster, int node) {
        return request.gpuMilli() <= 1000 * cluster.gpuCount(node)
                && request.cpuMilli() <= cluster.cpuMilli(node)
                && request.memoryMib() <= cluster.memoryMib(node)
                && TypicalWorkload.allows(request, cluster, node);
    }

    private static Group group(
            TypicalWorkload workload, long[] takers, GroupKey key, int[] members, double arrivalsAhead) {
        Group group = new Group(members, key.classes().size());
        double offers = 0;
        for (int i = 0; i < group.weight.length; i++) {
            int m = key.classes().get(i);
            TypicalWorkload.Counted counted = workload.multiGpu().get(m);
            group.cpuMilli[i] = counted.request().cpuMilli();
            group.memoryMib[i] = counted.request().memoryMib();
            group.weight[i] = counted.count() / (double) takers[m];
            offers += group.weight[i] / workload.arrivals() * members.length * arrivalsAhead;
        }
        group.prices = prices(new double[] {offers / group.block}, 1000 * key.gpus(), members.length / group.block);
        return group;
    }

    /**
     * Price of a node when a of them are free, for a = 0 to {@code most}.
     *
     * @param offers expected tasks of 1, 2, .. nodes within the horizon
     */
    static int[] prices(double[] offers, int nodeMilli, int most) {
        double[] worth = worth(offers, nodeMilli, most + 1);
        int[] prices = new int[most + 1];
        int begin = 0;
        while (begin <= most) {
            int end = begin + 1;
            for (int a = begin + 2; a < worth.length; a++) {
                if (slope(worth, begin, a) >= slope(worth, begin, end)) {
                    end = a;
                }
            }
            int price = (int) Math.round(slope(worth, begin, end) / ROUNDING_MILLI) * ROUNDING_MILLI;
            for (int a = begin; a < end && a <= most; a++) {
                prices[a] = price;
            }
            begin = end;
        }
        return prices;
    }

    private static double slope(double[] worth, int from, int to) {
        return (worth[to] - worth[from]) / (to - from);
    }

    /** Worth in milli-GPU of a free nodes, for a = 0 to {@code most}. */
    static double[] worth(double[] offers, int nodeMilli, int most) {
        double all = 0;
        for (double o : offers) {
            all += o;
        }
        double[] v = new double[most + 1];
        int steps = (int) Math.ceil(all / OFFERS_PER_STEP);
        double[] next = new double[most + 1];
        for (int step = 0; step < steps; step++) {
            System.arraycopy(v, 0, next, 0, v.length);
            for (int k = 1; k <= offers.length; k++) {
                double perStep = offers[k - 1] / steps;
                for (int a = k; perStep > 0 && a < v.length; a++) {
                    next[a] += perStep * Math.max(0, (double) k * nodeMilli + v[a - k] - v[a]);
                }
            }
            double[] done = v;
            v = next;
            next = done;
        }
        return v;
    }

    /**
     * Share of the group's whole-node demand that fits beside tasks without GPUs on a node of the group. O(classes of the
     * group).
     *
     * @param cpuMilli cores of the node that are not held by tasks without GPUs, in 1/1000 of a core
     * @param memoryMib the same for memory
     */
    double openTo(int groupId, long cpuMilli, long memoryMib) {
        Group group = groups[groupId];
        double all = 0;
        double open = 0;
        for (int i = 0; i < group.weight.length; i++) {
            all += group.weight[i];
            if (group.cpuMilli[i] <= cpuMilli && group.memoryMib[i] <= memoryMib) {
                open += group.weight[i];
            }
        }
        return open / all;
    }

    /** Number of groups. */
    int groupCount() {
        return groups.length;
    }

    /** Group of the nodes of a shape, -1 when no task wants such a node whole; -1 for shape -1. */
    int group(int shape) {
        return shape < 0 ? -1 : groupOfShape[shape];
    }

    /** The nodes of a group; not to be changed. */
    int[] members(int groupId) {
        return groups[groupId].members;
    }

    /**
     * By how many the free nodes of a group must have changed before its price is looked up again. 1 but for very large groups,
     * where a price for every few nodes more would have thousands of nodes scored again.
     */
    int patience(int groupId) {
        int block = groups[groupId].block;
        return block == 1 ? 1 : BLOCKS_OF_PATIENCE * block;
    }

    /** Price in milli-GPU of a node of a group while this many are free or soon will be. */
    int price(int groupId, long freeNodes) {
        Group group = groups[groupId];
        return group.prices[(int) Math.min(group.prices.length - 1, freeNodes / group.block)];
    }
}
