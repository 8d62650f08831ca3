package dev.berth.ledger;

import com.carrotsearch.hppc.LongLongHashMap;
import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;

/** Carries what was held in a sealed ledger over to the ledger of a changed cluster. */
final class Migrator {
    private final LedgerSnapshot last;
    private final Cluster from;
    private final Ledger next;
    private final Cluster to;
    private final int[] resourceTo;
    private final LongLongHashMap handles;
    private final List<Migration.Orphan> orphans = new ArrayList<>();

    private Migrator(LedgerSnapshot last, Ledger next) {
        this.last = last;
        this.next = next;
        from = last.cluster();
        to = next.cluster();
        handles = new LongLongHashMap(last.claimCount());
        resourceTo = new int[from.countedNames().size()];
        for (int r = 0; r < resourceTo.length; r++) {
            resourceTo[r] = to.countedNames().indexOf(from.countedNames().get(r));
        }
    }

    /**
     * Moves everything.
     *
     * @param last the last snapshot of the sealed ledger
     * @param next a ledger in which nobody holds anything
     */
    static Migration move(LedgerSnapshot last, Ledger next) {
        Migrator migrator = new Migrator(last, next);
        for (int node = 0; node < migrator.from.nodeCount(); node++) {
            migrator.moveNode(node);
        }
        return new Migration(next, migrator.handles, migrator.orphans);
    }

    private void moveNode(int node) {
        int target = to.nodeId(from.nodeName(node));
        if (target >= 0) {
            NodeReading reading = new NodeReading();
            last.read(node, reading);
            boolean described = to.initialState(target) != from.initialState(node);
            next.setState(target, described ? to.initialState(target) : reading.state());
        }
        for (int i = last.firstClaim(node); i < last.firstClaim(node + 1); i++) {
            ClaimSpec held = new ClaimSpec();
            last.claim(i, held);
            if (target < 0) {
                orphans.add(new Migration.Orphan(last.handle(i), from.nodeName(node), held));
                continue;
            }
            long handle = next.adopt(target, renumbered(held));
            if (handle < 0) {
                throw new IllegalArgumentException(
                        "claimLimit is " + next.claimLimit() + ", but node '" + from.nodeName(node) + "' has "
                                + (last.firstClaim(node + 1) - last.firstClaim(node)) + " claims");
            }
            handles.put(last.handle(i), handle);
        }
    }

    /** Names of the counted resources of which some claim holds any. */
    static List<String> countedHeld(LedgerSnapshot last) {
        List<String> names = new ArrayList<>();
        ClaimSpec held = new ClaimSpec();
        for (int r = 0; r < last.cluster().countedNames().size(); r++) {
            for (int i = 0; i < last.claimCount(); i++) {
                last.claim(i, held);
                if (held.counted(r) > 0) {
                    names.add(last.cluster().countedNames().get(r));
                    break;
                }
            }
        }
        return names;
    }

    /** The same claim with counted resources by their ids in the new cluster. */
    private ClaimSpec renumbered(ClaimSpec held) {
        ClaimSpec out = new ClaimSpec().set(held);
        for (int r = 0; r < resourceTo.length; r++) {
            out.counted(r, 0);
        }
        for (int r = 0; r < resourceTo.length; r++) {
            if (resourceTo[r] >= 0) {
                out.counted(resourceTo[r], held.counted(r));
            }
        }
        return out;
    }
}
