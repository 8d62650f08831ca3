package dev.berth.benchmarks.jcstress;

import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread drains the node that another claims on. */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The claim came first and stays on the draining node.")
@Outcome(id = "1, -2, 0", expect = Expect.ACCEPTABLE, desc = "The node was draining first and took nothing.")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "A node that was being drained took a claim after it, or lost one that it had taken.")
@State
public class SetStateVersusClaim {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void drain(III_Result r) {
        r.r1 = Small.answer(ledger.setState(0, NodeState.DRAINING));
    }

    @Actor
    public void claim(III_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b01));
    }

    @Arbiter
    public void after(III_Result r) {
        NodeReading reading = Small.read(ledger, 0);
        r.r3 = reading.state() == NodeState.DRAINING ? reading.liveClaims() : -1;
    }
}
