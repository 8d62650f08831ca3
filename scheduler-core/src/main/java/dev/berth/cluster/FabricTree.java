package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The switches of a cluster with their tiers in order, checked. Immutable after construction. */
final class FabricTree {
    /** Most tiers of switches: fabrics have two to four, and a bound keeps a broken description from filling the memory. */
    static final int MAX_TIERS = 24;

    private final List<FabricSwitch> switches;
    private final Names names = new Names();
    private final int[] parents;
    private final int[] tierOfSwitch;
    private final int[] idInTier;
    private final List<String> tiers;

    /**
     * Checks and orders.
     *
     * @param switches one per name
     * @throws IllegalArgumentException if a parent is not there, switches stand above themselves, or two tiers stand above each
     *     other
     */
    FabricTree(List<FabricSwitch> switches) {
        this.switches = List.copyOf(switches);
        int n = switches.size();
        switches.forEach(one -> names.idOf(one.name()));
        parents = parents();
        refuseCycles();
        Names tierNames = new Names();
        int[] appearance = new int[n];
        for (int s = 0; s < n; s++) {
            appearance[s] = tierNames.idOf(switches.get(s).tier());
        }
        if (tierNames.size() > MAX_TIERS) {
            throw new IllegalArgumentException("the switches name " + tierNames.size() + " tiers "
                    + tierNames.list().subList(0, MAX_TIERS) + "..., allowed: at most " + MAX_TIERS);
        }
        int[] rank = ranks(tierNames.list(), appearance);
        String[] ordered = new String[rank.length];
        for (int t = 0; t < rank.length; t++) {
            ordered[rank[t]] = tierNames.list().get(t);
        }
        tiers = List.of(ordered);
        tierOfSwitch = new int[n];
        idInTier = new int[n];
        int[] used = new int[rank.length];
        for (int s = 0; s < n; s++) {
            tierOfSwitch[s] = rank[appearance[s]];
            idInTier[s] = used[tierOfSwitch[s]]++;
        }
    }

    private int[] parents() {
        int[] found = new int[switches.size()];
        for (int s = 0; s < found.length; s++) {
            FabricSwitch one = switches.get(s);
            String parent = one.parent();
            found[s] = parent == null ? -1 : names.find(parent);
            if (parent != null && found[s] < 0) {
                throw Checks.wrong("switch", one.name(), "parent", parent, "the name of a switch of the cluster");
            }
        }
        return found;
    }

    /** Follows each switch upwards until a switch that is known to reach a top: O(switches). */
    private void refuseCycles() {
        int[] seenFrom = new int[parents.length];
        for (int s = 0; s < parents.length; s++) {
            int at = s;
            while (at >= 0 && seenFrom[at] == 0) {
                seenFrom[at] = s + 1;
                at = parents[at];
            }
            if (at >= 0 && seenFrom[at] == s + 1) {
                throw Checks.wrong(
                        "switch",
                        switches.get(at).name(),
                        "parent",
                        switches.get(at).parent(),
                        "a switch that does not stand below it, and this one does: " + cycle(at));
            }
        }
    }

    private String cycle(int start) {
        StringBuilder text = new StringBuilder(switches.get(start).name());
        int at = start;
        for (int shown = 0; shown < 8; shown++) {
            at = parents[at];
            text.append(" < ").append(switches.get(at).name());
            if (at == start) {
                return text.toString();
            }
        }
        return text.append(" < ...").toString();
    }

    /**
     * Places of the tiers on the ladder, the lowest first: a tier stands above every tier of which it has a switch above a
     * switch, directly or not; among those that this leaves open, the one with fewer tiers below it comes first, then the one
     * that was named first.
     */
    private int[] ranks(List<String> tierNames, int[] appearance) {
        int n = tierNames.size();
        // lower[a][b]: a switch that shows that tier a stands directly below tier b, plus 1.
        int[][] lower = new int[n][n];
        for (int s = 0; s < parents.length; s++) {
            if (parents[s] < 0) {
                continue;
            }
            int from = appearance[s];
            int to = appearance[parents[s]];
            if (from == to) {
                throw Checks.wrong(
                        "switch",
                        switches.get(s).name(),
                        "tier",
                        tierNames.get(from),
                        "another tier than its parent '"
                                + switches.get(parents[s]).name() + "' has");
            }
            if (lower[from][to] == 0) {
                lower[from][to] = s + 1;
            }
        }
        int[] level = levels(tierNames, lower);
        List<Integer> order = new ArrayList<>();
        for (int t = 0; t < n; t++) {
            order.add(t);
        }
        order.sort((a, b) -> level[a] != level[b] ? Integer.compare(level[a], level[b]) : Integer.compare(a, b));
        int[] rank = new int[n];
        for (int i = 0; i < n; i++) {
            rank[order.get(i)] = i;
        }
        return rank;
    }

    /** Length of the longest chain of tiers below each tier; a chain longer than all tiers runs in a circle. */
    private int[] levels(List<String> tierNames, int[][] lower) {
        int n = lower.length;
        int[] level = new int[n];
        for (int round = 0; round <= n; round++) {
            boolean moved = false;
            for (int a = 0; a < n; a++) {
                for (int b = 0; b < n; b++) {
                    if (lower[a][b] != 0 && level[b] <= level[a]) {
                        level[b] = level[a] + 1;
                        moved = true;
                    }
                }
            }
            if (!moved) {
                return level;
            }
        }
        throw new IllegalArgumentException(contradiction(tierNames, lower));
    }

    /** Names the tiers and switches of one circle of tiers. */
    private String contradiction(List<String> tierNames, int[][] lower) {
        int n = lower.length;
        boolean[] open = new boolean[n];
        Arrays.fill(open, true);
        // Take away tiers with nothing above them until only circles and what leads to them are left.
        for (int round = 0; round < n; round++) {
            for (int a = 0; a < n; a++) {
                open[a] &= above(lower, open, a) >= 0;
            }
        }
        int at = 0;
        while (!open[at]) {
            at++;
        }
        // n steps upwards end inside a circle; the next ones go round it once.
        for (int step = 0; step < n; step++) {
            at = above(lower, open, at);
        }
        StringBuilder text = new StringBuilder("the tiers of the switches contradict each other: ");
        int start = at;
        do {
            int next = above(lower, open, at);
            FabricSwitch shows = switches.get(lower[at][next] - 1);
            text.append(at == start ? "" : ", ")
                    .append('\'')
                    .append(tierNames.get(at))
                    .append("' is below '")
                    .append(tierNames.get(next))
                    .append("' at switch '")
                    .append(shows.name())
                    .append('\'');
            at = next;
        } while (at != start);
        return text + ", allowed: tiers that stand in one order everywhere";
    }

    private static int above(int[][] lower, boolean[] open, int tier) {
        for (int b = 0; b < lower.length; b++) {
            if (open[b] && lower[tier][b] != 0) {
                return b;
            }
        }
        return -1;
    }

    List<FabricSwitch> switches() {
        return switches;
    }

    /** Id of a switch in order of description, or -1. */
    int find(String name) {
        return names.find(name);
    }

    int parent(int fabricSwitch) {
        return parents[fabricSwitch];
    }

    /** Tiers of switches, the lowest first. */
    List<String> tiers() {
        return tiers;
    }

    int tierOf(int fabricSwitch) {
        return tierOfSwitch[fabricSwitch];
    }

    /** Number of a switch among those of its tier. */
    int idInTier(int fabricSwitch) {
        return idInTier[fabricSwitch];
    }
}
