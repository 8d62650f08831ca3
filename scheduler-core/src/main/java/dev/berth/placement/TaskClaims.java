package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.ClaimSpec;

/** Writes the claims of the tasks that a gang puts on one node: which GPU is whose. Its buffers are used again. */
final class TaskClaims {
    private final int[] gpu = new int[Cluster.MAX_GPUS_PER_NODE];
    private final ClaimSpec claim = new ClaimSpec();

    /**
     * Adds so many tasks on a node to a plan; the node has room for them.
     *
     * @param allowed GPUs that tasks with whole GPUs may use
     * @param together tasks with whole GPUs, of which the number is a multiple, that share an island; 0 when they need not
     */
    void add(View view, int node, Demand demand, int tasks, int allowed, int together, GangPlan plan) {
        if (demand.wholeGpus() > 0) {
            addWhole(view, node, demand, tasks, allowed, together, plan);
        } else if (demand.shareMilli() > 0) {
            addShares(view, node, demand, tasks, plan);
        } else if (demand.mig()) {
            addInstances(view, node, demand, tasks, plan);
        } else {
            for (int i = 0; i < tasks; i++) {
                common(view, demand);
                plan.add(node, view.version(node), claim);
            }
        }
    }

    private ClaimSpec common(View view, Demand demand) {
        claim.clear();
        claim.cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        for (int r = 0, of = view.cluster().countedNames().size(); r < of; r++) {
            claim.counted(r, demand.counted(r));
        }
        return claim;
    }

    /** The GPUs that are best for all tasks together are shared out so that each task has the best of them. */
    private void addWhole(View view, int node, Demand demand, int tasks, int allowed, int together, GangPlan plan) {
        GpuTopology topology = view.cluster().gpuTopology(node);
        int free = view.freeGpuMask(node) & allowed;
        int gpus = demand.wholeGpus();
        int atOnce = together == 0 ? tasks : together;
        for (int done = 0; done < tasks; done += atOnce) {
            int from = together == 0 ? free : Islands.tightest(topology, free, atOnce * gpus);
            int mask = topology.bestMask(from, atOnce * gpus);
            free &= ~mask; // Rail-aligned gangs take all their GPUs of a node at once.
            boolean aligned = plan.demand().request().railAligned();
            if (aligned) {
                mask = from;
                for (int i = 0; i < atOnce; i++) {
                    gpu[i] = onRailsOf(topology, mask, plan.rank(plan.tasks() + i), gpus);
                    mask &= ~gpu[i];
                }
            }
            for (int i = 0; i < atOnce; i++) {
                if (!aligned || gpu[i] == 0) {
                    gpu[i] = topology.bestMask(mask, gpus);
                    mask &= ~gpu[i];
                }
            }
            for (int i = 0; i < atOnce; i++) {
                int next = aligned ? i : nextByRail(topology, i, atOnce, plan.rank(plan.tasks()) * gpus);
                int chosen = gpu[next];
                gpu[next] = gpu[i];
                common(view, demand).whole(chosen);
                plan.add(node, view.version(node), claim);
            }
        }
    }

    /** GPUs on the rails of a rank, which follow those of the rank before; 0 when not all of them are there. */
    private static int onRailsOf(GpuTopology topology, int from, int rank, int gpus) {
        int mask = 0;
        for (int g = 0; g < gpus; g++) {
            int rail = Math.floorMod(rank * gpus + g, topology.railCount());
            int found = 0;
            for (int rest = from & ~mask; rest != 0 && found == 0; rest &= rest - 1) {
                found = topology.railOf(Integer.numberOfTrailingZeros(rest)) == rail ? Integer.lowestOneBit(rest) : 0;
            }
            if (found == 0) {
                return 0;
            }
            mask |= found;
        }
        return mask;
    }

    /**
     * Of the sets of GPUs {@code gpu[from .. to - 1]} the one whose first rail is that of the rank, counted in GPUs; else the one
     * with the lowest rail that no later one is waited for on.
     */
    private int nextByRail(GpuTopology topology, int from, int to, int firstGpuOfRank) {
        int rails = topology.railCount();
        int best = from;
        int bestDistance = Integer.MAX_VALUE;
        for (int i = from; i < to && rails > 0; i++) {
            int rail = topology.railOf(Integer.numberOfTrailingZeros(gpu[i]));
            int distance = rail < 0 ? rails : Math.floorMod(rail - firstGpuOfRank, rails);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = i;
            }
        }
        return best;
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
            common(view, demand).share(best, demand.shareMilli());
            plan.add(node, view.version(node), claim);
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
            common(view, demand).mig(best, profile, start);
            plan.add(node, view.version(node), claim);
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
