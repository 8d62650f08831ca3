package dev.berth.planner.replay;

import java.util.HashMap;
import java.util.Map;

/**
 * The switches of a cluster as a tree of even depth: the fabric's tiers from the leaves up and, above them, one that joins all.
 * A node that hangs on no switch of a tier is alone under one of its own there. Immutable.
 */
final class Switches {
    private final int[][] of;
    private final int[] counts;

    Switches(Ladder ladder) {
        int[] tiers = ladder.switchTiers();
        of = new int[tiers.length + 1][ladder.nodeCount()];
        counts = new int[of.length];
        for (int level = 0; level < tiers.length; level++) {
            Map<Integer, Integer> ids = new HashMap<>();
            for (int node = 0; node < ladder.nodeCount(); node++) {
                int domain = ladder.domainOf(tiers[level], node);
                of[level][node] = domain < 0 ? counts[level]++ : id(ids, domain, level);
            }
        }
        counts[tiers.length] = 1;
    }

    private int id(Map<Integer, Integer> ids, int domain, int level) {
        Integer known = ids.get(domain);
        if (known == null) {
            known = counts[level]++;
            ids.put(domain, known);
        }
        return known;
    }

    /** Number of levels, 1 or more; the highest has one switch. */
    int levels() {
        return of.length;
    }

    /** Number of switches of a level. */
    int count(int level) {
        return counts[level];
    }

    /** The switch of a level under which a node is. */
    int of(int level, int node) {
        return of[level][node];
    }

    /** Number of nodes. */
    int nodeCount() {
        return of[0].length;
    }
}
