package dev.berth.planner.imports;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How far each switch is from the hosts: 1 for a leaf, 2 for a spine, and so on.
 *
 * <p>That is the number of cables to the nearest host, with one correction. A spine on which a single storage server hangs, or a core
 * on which one small pod hangs without spines of its own, would come too low; so a switch that has more cables to switches at its own
 * distance than to what is nearer to the hosts moves up by one, provided that it has more of a claim to it than each of those
 * neighbours.
 */
final class SwitchLevels {
    private final int[] hostLinks;
    private final int[][] neighbours;
    private final int[] level;
    private final boolean[] candidate;
    private final int[] score;

    private SwitchLevels(int[] hostLinks, int[][] neighbours) {
        this.hostLinks = hostLinks;
        this.neighbours = neighbours;
        level = new int[hostLinks.length];
        candidate = new boolean[hostLinks.length];
        score = new int[hostLinks.length];
    }

    /**
     * The levels; 0 for a switch from which no host can be reached.
     *
     * @param hostLinks number of cables to hosts, per switch
     * @param neighbours for each switch the switches at the other ends of its cables, once per cable
     */
    static int[] of(int[] hostLinks, int[][] neighbours) {
        SwitchLevels levels = new SwitchLevels(hostLinks, neighbours);
        levels.run();
        return levels.level;
    }

    private void run() {
        List<Integer> candidates = new ArrayList<>();
        for (int s = 0; s < hostLinks.length; s++) {
            if (hostLinks[s] > 0) {
                propose(s, candidates);
            }
        }
        for (int at = 1; !candidates.isEmpty(); at++) {
            List<Integer> raised = raise(candidates);
            List<Integer> settled = new ArrayList<>();
            for (int s : candidates) {
                if (candidate[s]) {
                    level[s] = at;
                    settled.add(s);
                }
                candidate[s] = false;
            }
            List<Integer> next = new ArrayList<>();
            for (int s : raised) {
                propose(s, next);
            }
            for (int s : settled) {
                for (int neighbour : neighbours[s]) {
                    if (level[neighbour] == 0) {
                        propose(neighbour, next);
                    }
                }
            }
            candidates = next;
        }
    }

    private void propose(int fabricSwitch, List<Integer> candidates) {
        if (!candidate[fabricSwitch]) {
            candidate[fabricSwitch] = true;
            candidates.add(fabricSwitch);
        }
    }

    /** Takes those that belong higher out of the candidates; at least one is left, for the lowest score is never raised. */
    private List<Integer> raise(List<Integer> candidates) {
        for (int s : candidates) {
            score[s] = -hostLinks[s];
            for (int neighbour : neighbours[s]) {
                score[s] += candidate[neighbour] ? 1 : level[neighbour] > 0 ? -1 : 0;
            }
        }
        List<Integer> raised = new ArrayList<>();
        boolean moved = true;
        while (moved) {
            moved = false;
            List<Integer> order = new ArrayList<>(candidates);
            order.removeIf(s -> !candidate[s] || score[s] <= 0);
            order.sort(Comparator.<Integer>comparingInt(s -> -score[s]).thenComparingInt(s -> s));
            for (int s : order) {
                if (score[s] > 0 && exceedsNeighbours(s)) {
                    candidate[s] = false;
                    raised.add(s);
                    moved = true;
                    for (int neighbour : neighbours[s]) {
                        score[neighbour]--;
                    }
                }
            }
        }
        return raised;
    }

    private boolean exceedsNeighbours(int fabricSwitch) {
        for (int neighbour : neighbours[fabricSwitch]) {
            if (candidate[neighbour] && score[neighbour] >= score[fabricSwitch]) {
                return false;
            }
        }
        return true;
    }
}
