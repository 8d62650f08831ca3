package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** Two gangs that meet on node 1 only; one of them gets it, and the other leaves nothing on node 0. */
@JCStressTest
@Outcome(id = "0, -1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The first gang.")
@Outcome(id = "-1, 0, 1, 1", expect = Expect.ACCEPTABLE, desc = "The second gang.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both, none, or something is left of the one that was refused.")
@State
public class TwoGangsOneGpu {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void first(IIII_Result r) {
        r.r1 = (int) ledger.claim(Small.gang(0b01, 0b01));
    }

    @Actor
    public void second(IIII_Result r) {
        r.r2 = (int) ledger.claim(Small.gang(0b10, 0b01));
    }

    @Arbiter
    public void end(IIII_Result r) {
        r.r3 = Small.taken(ledger, 0);
        r.r4 = Small.taken(ledger, 1);
    }
}
