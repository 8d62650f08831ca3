package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads want different GPUs of one node. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Both threads hold their GPU.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A claim was refused although its GPU was free, or was lost.")
@State
public class TwoClaimersTwoGpus {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void first(III_Result r) {
        r.r1 = Small.answer(Small.claim(ledger, 0, 0b01));
    }

    @Actor
    public void second(III_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b10));
    }

    @Arbiter
    public void after(III_Result r) {
        r.r3 = ledger.freeGpuMask(0);
    }
}
