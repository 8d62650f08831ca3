package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scores nodes for {@link ExpectedFillPolicy}: the key is the loss of expected fill that a placement causes, in buckets.
 *
 * <p>Per node it keeps the worth before any placement, so that a key costs a few table reads and no allocation: O(1) for
 * whole GPUs, O(GPUs) for shares and MIG profiles, O(whole-node classes of the group) for tasks without GPUs.
 */
final class ExpectedFillScorer implements NodeScorer {
    /** Losses closer than this are equal; also keeps rounding from moving a loss of exactly n buckets into bucket n - 1. */
    private static final double SAME = 1e-9;
    /** Prices are looked up again after this many arrivals. */
    private static final int ARRIVALS_PER_PRICE = 5;
    /** A node that counts no more than this as free is not rescored when the price of its group changes: it has none. */
    private static final double LEAST_READINESS = 0.005;
    /** Readiness is summed in units of 2^-32, so that the sum does not depend on the order of the changes. */
    private static final int READINESS_BITS = 32;
    /** Nodes that count as thirds must add up to whole ones. */
    private static final int ROUNDING_UNITS = 1 << 10;
    /** A node without GPUs goes first for tasks without GPUs: nothing is lost there. */
    private static final int NOTHING_TO_LOSE = -1;

    /** Where cores are scarce, nodes with this much CPU left, or up to this much more, are equal. */
    private static final int CORES_LEFT_UNIT_MILLI = 2000;
    /** Nodes with this many units left, or more, are equal. */
    private static final int CORES_LEFT_STEPS = 64;
    /** Where cores are scarce, this many of them in tasks without GPUs keep a node from being free as much as a task with GPUs. */
    private static final int CORES_LIKE_A_GPU_TASK_MILLI = 16_000;

    private final Cluster cluster;
    private final ExpectedFillParameters parameters;
    private final NodeKinds kinds;
    private final @Nullable ArrivalCounts counts;
    private @Nullable ExpectedFillTables tables;

    private final FillState state;
    private long[] groupReadiness = new long[0];
    private double[] price = new double[0];
    /** Free nodes of each group when its price was last looked up. */
    private long[] pricedAt = new long[0];

    private final double[] nearlyFreePower;
    private long arrivals;
    /** The GPU that {@link #shareLoss} or {@link #migLoss} chose last. */
    private int chosenGpu = -1;

    ExpectedFillScorer(
            View view,
            ExpectedFillParameters parameters,
            @Nullable TypicalWorkload given,
            Map<Request, Long> arrivedBefore) {
        cluster = view.cluster();
        this.parameters = parameters;
        kinds = new NodeKinds(cluster);
        state = new FillState(kinds, view.rows());
        nearlyFreePower = new double[View.CLAIM_KINDS * 1024];
        nearlyFreePower[0] = 1;
        for (int p = 1; p < nearlyFreePower.length; p++) {
            nearlyFreePower[p] = nearlyFreePower[p - 1] * parameters.nearlyFree();
        }
        if (given != null) {
            counts = null;
            install(view, ExpectedFillTables.of(given, kinds, parameters));
        } else {
            counts = new ArrivalCounts(arrivedBefore, parameters.warmUpArrivals());
            if (counts.rebuildDue()) {
                install(view, ExpectedFillTables.of(counts.snapshot().typical(), kinds, parameters));
            }
        }
    }

    @Override
    public int key(View view, int node, Demand demand) {
        ExpectedFillTables t = tables;
        if (t == null) {
            return 0;
        }
        int kind = state.kind(node);
        if (kind < 0) {
            return key(t, view, node, demand, NOTHING_TO_LOSE);
        }
        double loss;
        if (demand.shareMilli() > 0) {
            loss = shareLoss(t, view, node, demand);
        } else if (demand.wholeGpus() > 0) {
            int n = demand.wholeGpus();
            double fill = state.plainFill(node) - n * t.device(kind).fill(1000);
            double after = worth(t, kind, fill, state.migFill(node), cpuAfter(view, node, demand));
            loss = t.weight(kind) * (state.worth(node) - after) - 1000.0 * n;
        } else if (demand.mig()) {
            loss = migLoss(t, view, node, demand);
        } else {
            loss = state.worth(node)
                    - worth(t, kind, state.plainFill(node), state.migFill(node), cpuAfter(view, node, demand));
        }
        double bucket = Math.floor((loss + wholeNodeLoss(t, view, node, demand)) / parameters.bucketMilli() + SAME);
        return key(t, view, node, demand, bucket);
    }

    /** The key of a bucket; where cores are scarce, tasks without GPUs take the node with fewest cores left inside it. */
    private int key(ExpectedFillTables t, View view, int node, Demand demand, double bucket) {
        double key = bucket;
        if (t.coresScarce() && demand.cpuOnly()) {
            long coresLeft = cpuAfter(view, node, demand) / CORES_LEFT_UNIT_MILLI;
            key = CORES_LEFT_STEPS * bucket + Math.min(CORES_LEFT_STEPS - 1, coresLeft);
        }
        return (int) Math.max(MIN_KEY, Math.min(MAX_KEY, key));
    }

    @Override
    public int gpuForShare(View view, int node, Demand demand) {
        ExpectedFillTables t = tables;
        if (t == null) {
            return view.sparingIslands(node, view.tightestGpu(node, demand.shareMilli()));
        }
        shareLoss(t, view, node, demand);
        return view.sparingIslands(node, chosenGpu);
    }

    @Override
    public int gpuForMig(View view, int node, Demand demand) {
        ExpectedFillTables t = tables;
        if (t == null) {
            return view.tightestMigGpu(node, demand);
        }
        migLoss(t, view, node, demand);
        return chosenGpu;
    }

    private static long cpuAfter(View view, int node, Demand demand) {
        return view.cpuFreeMilli(node) - demand.cpuMilli();
    }

    /** Loss on the GPU where a share loses least; among equals the one with least free, then the lowest index. */
    private double shareLoss(ExpectedFillTables t, View view, int node, Demand demand) {
        int kind = state.kind(node);
        DeviceTable device = t.device(kind);
        int milli = demand.shareMilli();
        long cpu = cpuAfter(view, node, demand);
        double best = Double.POSITIVE_INFINITY;
        int bestFree = -1;
        int lastFree = -1;
        for (int mask = state.plainGpuMask(node); mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            int free = view.gpuFreeMilli(node, gpu);
            if (free < milli || free == bestFree || free == lastFree) {
                continue;
            }
            lastFree = free;
            double fill = state.plainFill(node) - device.fill(free) + device.fill(free - milli);
            double after = worth(t, kind, fill, state.migFill(node), cpu);
            double loss = t.weight(kind) * (state.worth(node) - after) - milli;
            if (loss < best - SAME || (loss <= best + SAME && free < bestFree)) {
                best = loss;
                bestFree = free;
                chosenGpu = gpu;
            }
        }
        return best;
    }

    /** Loss on the GPU where a MIG profile loses least; among equals the fullest, then the lowest index. */
    private double migLoss(ExpectedFillTables t, View view, int node, Demand demand) {
        int kind = state.kind(node);
        MigTable table = t.mig(kind);
        MigGeometry geometry = cluster.migGeometry(node);
        int profile = demand.migProfile(cluster.migGeometryId(node));
        if (table == null || geometry == null || profile < 0) {
            throw new IllegalArgumentException("node " + cluster.nodeName(node) + " has no "
                    + demand.request().gpus());
        }
        int milli = MigTable.milli(geometry, profile);
        long cpu = cpuAfter(view, node, demand);
        double best = Double.POSITIVE_INFINITY;
        int bestTaken = -1;
        int lastOccupancy = -1;
        for (int mask = cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            int occupancy = view.migOccupancy(node, gpu);
            int start = occupancy == lastOccupancy ? -1 : geometry.bestStart(profile, occupancy);
            lastOccupancy = occupancy;
            if (start < 0) {
                continue;
            }
            int then = occupancy | geometry.occupancyOf(profile, start);
            double fill = state.migFill(node) - table.fill(occupancy) + table.fill(then);
            double loss = state.worth(node) - worth(t, kind, state.plainFill(node), fill, cpu) - milli;
            int taken = Integer.bitCount(occupancy & 0xFF);
            if (loss < best - SAME || (loss <= best + SAME && taken > bestTaken)) {
                best = loss;
                bestTaken = taken;
                chosenGpu = gpu;
            }
        }
        return best;
    }

    /** Worth of a node in milli-GPU: the expected fill of its GPUs, as far as its cores reach. */
    private static double worth(ExpectedFillTables t, int kind, double plainFill, double migFill, long cpuFreeMilli) {
        double worth = plainFill > 0 ? plainFill * t.node(kind).limit(plainFill, cpuFreeMilli) : 0;
        NodeTable migNode = t.migNode(kind);
        return migNode != null && migFill > 0 ? worth + migFill * migNode.limit(migFill, cpuFreeMilli) : worth;
    }

    /** Price of the part of a whole free node that the placement takes away. */
    private double wholeNodeLoss(ExpectedFillTables t, View view, int node, Demand demand) {
        int group = t.prices().group(state.shape(node));
        if (group < 0 || price[group] == 0 || state.readiness(node) <= LEAST_READINESS) {
            return 0;
        }
        double after;
        if (demand.cpuOnly()) {
            after = readiness(t, view, node, group, demand.cpuMilli(), demand.memoryMib());
        } else {
            after = state.readiness(node) * parameters.nearlyFree();
        }
        return price[group] * (state.readiness(node) - after);
    }

    /**
     * How much of a whole free node this one is, 0 to 1: halved by every task with GPUs on it, and reduced to the share of the
     * whole-node demand that fits beside its tasks without GPUs.
     */
    private double readiness(
            ExpectedFillTables t, View view, int node, int group, long moreCpuMilli, long moreMemoryMib) {
        double power = nearlyFreePower[view.gpuClaims(node)];
        if (power == 0 || !view.allocatable(node)) {
            return 0;
        }
        long cpu = state.cpuMilli(node) - view.cpuOnlyMilli(node) - moreCpuMilli;
        long memory = state.memoryMib(node) - view.cpuOnlyMemoryMib(node) - moreMemoryMib;
        double open = t.prices().openTo(group, cpu, memory);
        if (t.coresScarce() && open < 1) {
            long held = view.cpuOnlyMilli(node) + moreCpuMilli;
            long like = (held + CORES_LIKE_A_GPU_TASK_MILLI - 1) / CORES_LIKE_A_GPU_TASK_MILLI;
            open += (1 - open) * nearlyFreePower[(int) Math.min(like, nearlyFreePower.length - 1)];
        }
        return power * open;
    }

    @Override
    public void nodeChanged(View view, int node) {
        ExpectedFillTables t = tables;
        int kind = state.kind(node);
        if (t == null || kind < 0) {
            return;
        }
        double plain = plainFill(t, view, node, kind);
        double mig = migFill(t, view, node, kind);
        state.fill(node, plain, mig, worth(t, kind, plain, mig, view.cpuFreeMilli(node)));
        int group = t.prices().group(state.shape(node));
        if (group >= 0) {
            double now = readiness(t, view, node, group, 0, 0);
            groupReadiness[group] += units(now) - units(state.readiness(node));
            state.readiness(node, now);
        }
    }

    private double plainFill(ExpectedFillTables t, View view, int node, int kind) {
        double sum = 0;
        for (int mask = state.plainGpuMask(node); mask != 0; mask &= mask - 1) {
            sum += t.device(kind).fill(view.gpuFreeMilli(node, Integer.numberOfTrailingZeros(mask)));
        }
        return sum;
    }

    private double migFill(ExpectedFillTables t, View view, int node, int kind) {
        MigTable table = t.mig(kind);
        if (table == null) {
            return 0;
        }
        double sum = 0;
        for (int mask = cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
            sum += table.fill(view.migOccupancy(node, Integer.numberOfTrailingZeros(mask)));
        }
        return sum;
    }

    private static long units(double readiness) {
        return Math.round(readiness * (1L << READINESS_BITS));
    }

    @Override
    public void arrived(View view, Demand demand, Stale stale) {
        if (counts != null) {
            counts.arrived(demand);
        }
        arrivals++;
        if (tables != null && arrivals % ARRIVALS_PER_PRICE == 0) {
            refreshPrices(stale);
        }
    }

    private void refreshPrices(@Nullable Stale stale) {
        ExpectedFillTables t = tables;
        if (t == null) {
            return;
        }
        for (int group = 0; group < price.length; group++) {
            long free = groupReadiness[group] + ROUNDING_UNITS >> READINESS_BITS;
            // Not at every crossing of the border between two blocks, or a large group would be scored again for ever.
            if (stale != null && Math.abs(free - pricedAt[group]) < t.prices().patience(group)) {
                continue;
            }
            pricedAt[group] = free;
            double now = parameters.wholeNodeWeight() * t.prices().price(group, free);
            if (now == price[group]) {
                continue;
            }
            price[group] = now;
            if (stale != null) {
                stale.keys();
            }
            for (int node : t.prices().members(group)) {
                if (stale != null && state.readiness(node) > LEAST_READINESS) {
                    stale.node(node);
                }
            }
        }
    }

    @Override
    public @Nullable Rebuild rebuildDue() {
        if (counts == null || !counts.rebuildDue()) {
            return null;
        }
        ArrivalCounts.Snapshot snapshot = counts.snapshot();
        NodeKinds of = kinds;
        ExpectedFillParameters with = parameters;
        return () -> ExpectedFillTables.of(snapshot.typical(), of, with);
    }

    @Override
    public void install(View view, Object made) {
        ExpectedFillTables t = (ExpectedFillTables) made;
        tables = t;
        for (int node = 0; node < state.nodes(); node++) {
            state.readiness(node, 0);
        }
        groupReadiness = new long[t.prices().groupCount()];
        price = new double[groupReadiness.length];
        pricedAt = new long[groupReadiness.length];
        for (int node = 0; node < state.nodes(); node++) {
            nodeChanged(view, node);
        }
        refreshPrices(null);
    }
}
