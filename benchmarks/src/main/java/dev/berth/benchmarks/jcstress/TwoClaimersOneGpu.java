package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads want the same GPU. */
@JCStressTest
@Outcome(id = "1, -1, 1", expect = Expect.ACCEPTABLE, desc = "The first thread holds the GPU, the second was refused.")
@Outcome(id = "-1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The second thread holds the GPU, the first was refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A GPU has two holders, or nobody got a free one.")
@State
public class TwoClaimersOneGpu {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void first(III_Result r) {
        r.r1 = Small.answer(Small.claim(ledger, 0, 0b11));
    }

    @Actor
    public void second(III_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b01));
    }

    @Arbiter
    public void after(III_Result r) {
        r.r3 = Small.read(ledger, 0).liveClaims();
    }
}
