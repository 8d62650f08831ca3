package dev.berth.ledger;

import com.carrotsearch.hppc.LongLongHashMap;
import java.util.List;

/** What came of {@link Ledger#migrate}. Immutable, hence thread-safe. */
public final class Migration {
    private final Ledger ledger;
    private final LongLongHashMap handles;
    private final List<Orphan> orphans;

    Migration(Ledger ledger, LongLongHashMap handles, List<Orphan> orphans) {
        this.ledger = ledger;
        this.handles = handles;
        this.orphans = List.copyOf(orphans);
    }

    /**
     * A claim whose node is not in the new cluster. It holds nothing any more; what it held is here, so that nothing is
     * forgotten.
     *
     * @param handle the handle in the old ledger
     * @param nodeName the node that went away
     * @param held what it held, with counted resources numbered as in the old cluster
     */
    public record Orphan(long handle, String nodeName, ClaimSpec held) {
        /** Copies what was held. */
        public Orphan {
            held = new ClaimSpec().set(held);
        }

        /** A copy of what it held. */
        @Override
        public ClaimSpec held() {
            return new ClaimSpec().set(held);
        }
    }

    /** The ledger to use from now on. */
    public Ledger ledger() {
        return ledger;
    }

    /**
     * The handle in the new ledger of a claim that was live in the old one, or 0 when there is none: it was stale, or is an
     * orphan. Handles of the old ledger are never live in the new one.
     */
    public long handle(long old) {
        return handles.getOrDefault(old, 0);
    }

    /** Claims whose nodes are gone. */
    public List<Orphan> orphans() {
        return orphans;
    }
}
