package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import org.jspecify.annotations.Nullable;

/**
 * Best fit over a tree of switches, as Slurm's topology/tree describes and does it: the lowest switch under which the job fits,
 * of those the one with the least room; and under it the leaf switches by best fit: the one with the least room that takes the rest
 * of the job, or, when none does, the one with the most room, and so on. On a leaf, nodes in their order. It knows
 * switches and nothing else: no racks, no NVLink domains, no links between GPUs.
 */
final class TreePlacer implements GangPlacer {
    private final PlainClaims claims;
    private final Switches switches;

    TreePlacer(Ledger ledger, Switches switches) {
        claims = new PlainClaims(ledger);
        this.switches = switches;
    }

    @Override
    public long @Nullable [] place(GangJob job) {
        int[] fits = new int[switches.nodeCount()];
        for (int node = 0; node < fits.length; node++) {
            fits[node] = claims.fits(node, job);
        }
        for (int level = 0; level < switches.levels(); level++) {
            int[] room = room(level, fits);
            int top = tightest(room, job.tasks());
            if (top >= 0) {
                return claims.claim(nodesUnder(level, top, fits, job.tasks()), job);
            }
        }
        return null;
    }

    private int[] room(int level, int[] fits) {
        int[] room = new int[switches.count(level)];
        for (int node = 0; node < fits.length; node++) {
            room[switches.of(level, node)] += fits[node];
        }
        return room;
    }

    /** The switch with the least room of those that have enough, or -1. */
    private static int tightest(int[] room, int tasks) {
        int best = -1;
        for (int at = 0; at < room.length; at++) {
            if (room[at] >= tasks && (best < 0 || room[at] < room[best])) {
                best = at;
            }
        }
        return best;
    }

    private static int widest(int[] room) {
        int best = 0;
        for (int at = 1; at < room.length; at++) {
            best = room[at] > room[best] ? at : best;
        }
        return best;
    }

    private int[] nodesUnder(int level, int top, int[] fits, int tasks) {
        int[] under = fits.clone();
        for (int node = 0; node < under.length; node++) {
            under[node] = switches.of(level, node) == top ? under[node] : 0;
        }
        int[] room = room(0, under);
        int[] nodes = new int[tasks];
        int placed = 0;
        while (placed < tasks) {
            int enough = tightest(room, tasks - placed);
            int leaf = enough >= 0 ? enough : widest(room);
            for (int node = 0; node < under.length && placed < tasks; node++) {
                for (int i = 0; i < under[node] && switches.of(0, node) == leaf && placed < tasks; i++) {
                    nodes[placed++] = node;
                }
            }
            room[leaf] = 0;
        }
        return nodes;
    }

    @Override
    public void left(long[] gone) {
        // Looks at the ledger each time.
    }
}
