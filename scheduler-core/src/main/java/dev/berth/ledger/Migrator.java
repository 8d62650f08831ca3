package dev.berth.ledger;

import com.carrotsearch.hppc.LongLongHashMap;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
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
            long handle = next.adopt(target, renumbered(held, node, target));
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

    /** The same claim with counted resources and MIG profile by their ids in the new cluster. */
    private ClaimSpec renumbered(ClaimSpec held, int node, int target) {
        ClaimSpec out = new ClaimSpec().set(held);
        MigGeometry had = from.migGeometry(node);
        MigGeometry has = to.migGeometry(target);
        // Where the node is not in MIG mode any more the profile is kept: it may come back.
        if (held.kind() == ClaimSpec.Kind.MIG && had != null && has != null && had != has) {
            out.mig(held.gpu(), profileIn(has, had, held.migProfile()), held.migStart());
        }
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

    /** The profile of the same shape or, failing that, of the same name; a number that is no profile when there is none. */
    private static int profileIn(MigGeometry has, MigGeometry had, int profile) {
        if (profile >= had.profileCount()) {
            return ClaimSpec.NO_PROFILE;
        }
        boolean sameShape = has.slices() == had.slices()
                && profile < has.profileCount()
                && has.startMask(profile) == had.startMask(profile)
                && has.sizeSlices(profile) == had.sizeSlices(profile)
                && has.computeSlices(profile) == had.computeSlices(profile)
                && has.maxInstances(profile) == had.maxInstances(profile);
        int named = has.profileIndex(had.profileName(profile));
        return sameShape ? profile : named >= 0 ? named : ClaimSpec.NO_PROFILE;
    }
}
