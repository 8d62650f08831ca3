package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gives the further tasks of a gang, whose nodes are chosen, their ranks and GPUs. */
final class ExtensionClaims {
    private static final int WHOLE = -1;

    private final View view;
    private final Topology topology;
    private final GangDemand demand;
    private final GangStanding standing;
    private final TaskClaims claims;
    private final int allowedGpus;
    private final List<Seat> seats = new ArrayList<>();
    private final int[] left;

    /**
     * A task that a node takes.
     *
     * @param at place of the node among those that were chosen
     * @param shortSegment which of the short segments it belongs to, or {@link #WHOLE}
     */
    private record Seat(int at, int rank, int shortSegment) {}

    /** Takes over the chosen nodes, in fabric order. */
    ExtensionClaims(
            View view, GangDemand demand, GangStanding standing, TaskClaims claims, int allowedGpus, NodeTasks chosen) {
        this.view = view;
        this.demand = demand;
        this.standing = standing;
        this.claims = claims;
        this.allowedGpus = allowedGpus;
        topology = view.cluster().topology();
        left = new int[chosen.size()];
        for (int i = 0; i < left.length; i++) {
            left[i] = chosen.tasks(i);
        }
        for (int i = 0; i < standing.shorts().size(); i++) {
            seat(i, standing.shorts().get(i), chosen);
        }
        int at = 0;
        for (int rank : standing.ranks()) {
            if (seats.stream().noneMatch(seat -> seat.rank == rank)) {
                while (at < left.length && left[at] == 0) {
                    at++;
                }
                if (at == left.length) {
                    break;
                }
                left[at]--;
                seats.add(new Seat(at, rank, WHOLE));
            }
        }
        seats.sort(Comparator.comparingInt(Seat::at));
    }

    /** Seats the missing tasks of a segment near one of those that stand, on its node if that is among the chosen ones. */
    private void seat(int number, GangStanding.ShortSegment segment, NodeTasks chosen) {
        int tier = Math.max(0, demand.tiers().segment());
        int spread = Math.max(0, demand.tiers().spread());
        int mate = segment.node();
        for (int rank : segment.ranks()) {
            int best = -1;
            for (int i = 0; i < left.length; i++) {
                int node = chosen.node(i);
                boolean may = left[i] > 0
                        && topology.domainOf(tier, node) == topology.domainOf(tier, mate)
                        && (demand.tiers().spread() < 0
                                || topology.domainOf(spread, node) == topology.domainOf(spread, mate));
                best = may && (best < 0 || node == mate) ? i : best;
            }
            left[best]--;
            seats.add(new Seat(best, rank, number));
        }
    }

    /** The rank of each task in the order in which {@link #add} adds them. */
    int[] ranks() {
        return seats.stream().mapToInt(Seat::rank).toArray();
    }

    /** Adds the tasks to a plan. */
    void add(NodeTasks chosen, GangPlan out) {
        for (int from = 0; from < seats.size(); ) {
            int at = seats.get(from).at;
            int to = from;
            while (to < seats.size() && seats.get(to).at == at) {
                to++;
            }
            addNode(chosen.node(at), from, to, out);
            from = to;
        }
    }

    private void addNode(int node, int from, int to, GangPlan out) {
        boolean islands = demand.tiers().segment() == GangClass.ISLAND;
        if (!islands) {
            claims.add(view, node, demand.task(), to - from, allowedGpus, 0, out);
            return;
        }
        int allowed = allowedGpus;
        for (int i = from; i < to; ) {
            int segment = seats.get(i).shortSegment;
            int end = i;
            while (end < to && seats.get(end).shortSegment == segment) {
                end++;
            }
            int before = out.tasks();
            if (segment == WHOLE) {
                claims.add(
                        view,
                        node,
                        demand.task(),
                        end - i,
                        allowed,
                        demand.request().segmentTasks(),
                        out);
            } else {
                int island = standing.shorts().get(segment).islandMask();
                claims.add(view, node, demand.task(), end - i, allowed & island, 0, out);
            }
            for (int task = before; task < out.tasks(); task++) {
                allowed &= ~out.claim(task).gpuMask();
            }
            i = end;
        }
    }
}
