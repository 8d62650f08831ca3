package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.ClaimSpec;

/** Writes the claims of the tasks that a gang puts on one node: which GPU is whose. Its buffers are used again. */
final class TaskClaims {
    private final int[] gpu = new int[Cluster.MAX_GPUS_PER_NODE];

    /** Adds so many tasks on a node to a plan; the node has room for them. */
    void add(View view, int node, Demand demand, int tasks, GangPlan plan) {
        long version = view.version(node);
        if (demand.wholeGpus() > 0) {
            int mask = lowest(view.freeGpuMask(node), tasks * demand.wholeGpus());
            for (int i = 0; i < tasks; i++) {
                int chosen = lowest(mask, demand.wholeGpus());
                mask &= ~chosen;
                common(view, demand, plan.add(node, version)).whole(chosen);
            }
        } else if (demand.shareMilli() > 0) {
            addShares(view, node, demand, tasks, plan);
        } else if (demand.mig()) {
            addInstances(view, node, demand, tasks, plan);
        } else {
            for (int i = 0; i < tasks; i++) {
                common(view, demand, plan.add(node, version));
            }
        }
    }

    private static ClaimSpec common(View view, Demand demand, ClaimSpec claim) {
        claim.clear();
        claim.cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        for (int r = 0, of = view.cluster().countedNames().size(); r < of; r++) {
            claim.counted(r, demand.counted(r));
        }
        return claim;
    }

    private static int lowest(int mask, int count) {
        int chosen = 0;
        int rest = mask;
        for (int i = 0; i < count; i++) {
            chosen |= Integer.lowestOneBit(rest);
            rest &= rest - 1;
        }
        return chosen;
    }

    /** Each share goes to the tightest GPU that still fits it, the lowest index among equals. */
    private void addShares(View view, int node, Demand demand, int tasks, GangPlan plan) {
        int plain = view.cluster().plainGpuMask(node);
        for (int mask = plain; mask != 0; mask &= mask - 1) {
            int g = Integer.numberOfTrailingZeros(mask);
            gpu[g] = view.gpuFreeMilli(node, g);
        }
        for (int i = 0; i < tasks; i++) {
            int best = -1;
            for (int mask = plain; mask != 0; mask &= mask - 1) {
                int g = Integer.numberOfTrailingZeros(mask);
                if (gpu[g] >= demand.shareMilli() && (best < 0 || gpu[g] < gpu[best])) {
                    best = g;
                }
            }
            gpu[best] -= demand.shareMilli();
            common(view, demand, plan.add(node, view.version(node))).share(best, demand.shareMilli());
        }
    }

    /** Each instance goes to the fullest GPU that still has room, and starts where most room is left for its like. */
    private void addInstances(View view, int node, Demand demand, int tasks, GangPlan plan) {
        Cluster cluster = view.cluster();
        MigGeometry geometry = cluster.migGeometry(node);
        int profile = demand.migProfile(cluster.migGeometryId(node));
        if (geometry == null || profile < 0) {
            throw new IllegalStateException("node " + cluster.nodeName(node) + " has no "
                    + demand.request().gpus());
        }
        int inMig = cluster.migGpuMask(node);
        for (int mask = inMig; mask != 0; mask &= mask - 1) {
            int g = Integer.numberOfTrailingZeros(mask);
            gpu[g] = view.migOccupancy(node, g);
        }
        for (int i = 0; i < tasks; i++) {
            int best = -1;
            for (int mask = inMig; mask != 0; mask &= mask - 1) {
                int g = Integer.numberOfTrailingZeros(mask);
                if (geometry.roomFor(profile, gpu[g]) > 0
                        && (best < 0 || Integer.bitCount(gpu[g] & 0xFF) > Integer.bitCount(gpu[best] & 0xFF))) {
                    best = g;
                }
            }
            int start = roomiestStart(geometry, profile, gpu[best]);
            gpu[best] |= geometry.occupancyOf(profile, start);
            common(view, demand, plan.add(node, view.version(node))).mig(best, profile, start);
        }
    }

    /** The best start among those after which most instances of the profile still fit. */
    private static int roomiestStart(MigGeometry geometry, int profile, int occupancy) {
        int best = geometry.bestStart(profile, occupancy);
        int most = geometry.roomFor(profile, occupancy | geometry.occupancyOf(profile, best));
        for (int starts = geometry.placeableStarts(profile, occupancy); starts != 0; starts &= starts - 1) {
            int start = Integer.numberOfTrailingZeros(starts);
            int left = geometry.roomFor(profile, occupancy | geometry.occupancyOf(profile, start));
            if (left > most) {
                most = left;
                best = start;
            }
        }
        return best;
    }
}
