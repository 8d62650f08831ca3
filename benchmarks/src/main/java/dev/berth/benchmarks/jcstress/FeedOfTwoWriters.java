package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.ChangeFeed;
import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two threads claim on nodes whose bits stand in one word of the change feed; an index drains it at the end. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "The index knows the last version of both nodes.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The index is left with an old version of a node.")
@State
public class FeedOfTwoWriters {
    private final Ledger ledger = Small.ledger();
    private final ChangeFeed feed = ledger.subscribe();
    private final long[] index = {ledger.version(0), ledger.version(1)};

    private void follow() {
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            index[node] = Small.read(ledger, node).version();
        }
    }

    @Actor
    public void first() {
        Small.claim(ledger, 0, 0b01);
    }

    @Actor
    public void second() {
        Small.claim(ledger, 1, 0b01);
    }

    @Arbiter
    public void after(ZZ_Result r) {
        follow();
        r.r1 = index[0] == ledger.version(0);
        r.r2 = index[1] == ledger.version(1);
    }
}
