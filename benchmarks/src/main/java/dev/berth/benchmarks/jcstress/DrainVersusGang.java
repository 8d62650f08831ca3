package dev.berth.benchmarks.jcstress;

import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A node of a gang is drained meanwhile: the gang stands on both nodes or on none. */
@JCStressTest
@Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "The gang, then drained.")
@Outcome(id = "-2, 1, 0", expect = Expect.ACCEPTABLE, desc = "Drained, so the gang is refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Half a gang.")
@State
public class DrainVersusGang {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void gang(III_Result r) {
        r.r1 = (int) ledger.claim(Small.gang(0b01, 0b01));
    }

    @Actor
    public void drain(III_Result r) {
        r.r2 = Small.answer(ledger.setState(1, NodeState.DRAINING));
    }

    @Arbiter
    public void end(III_Result r) {
        r.r3 = ledger.snapshot().claimCount();
    }
}
