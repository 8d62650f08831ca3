package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Where tests get their ledgers from, so that {@link LedgerInvariants} can look at each of them when the test is over. */
public final class Ledgers {
    private static final ConcurrentLinkedQueue<Ledger> MADE = new ConcurrentLinkedQueue<>();

    private Ledgers() {}

    /** As {@link Ledger#of(Cluster)}. */
    public static Ledger of(Cluster cluster) {
        return track(Ledger.of(cluster));
    }

    /** As {@link Ledger#of(Cluster, int)}. */
    public static Ledger of(Cluster cluster, int claimLimit) {
        return track(Ledger.of(cluster, claimLimit));
    }

    /** Takes in a ledger that the test got in another way, such as by migration. */
    public static Ledger track(Ledger ledger) {
        MADE.add(ledger);
        return ledger;
    }

    /** The ledgers made since the last call. */
    static List<Ledger> drain() {
        List<Ledger> ledgers = new ArrayList<>();
        for (Ledger ledger = MADE.poll(); ledger != null; ledger = MADE.poll()) {
            ledgers.add(ledger);
        }
        return ledgers;
    }
}
