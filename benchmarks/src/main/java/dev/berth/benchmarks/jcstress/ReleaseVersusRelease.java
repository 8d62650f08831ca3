package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads release the same handle. */
@JCStressTest
@Outcome(
        id = "1, 0, 3",
        expect = Expect.ACCEPTABLE,
        desc = "The first thread released it, the second was told that it is stale.")
@Outcome(
        id = "0, 1, 3",
        expect = Expect.ACCEPTABLE,
        desc = "The second thread released it, the first was told that it is stale.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A handle was released twice, or not at all.")
@State
public class ReleaseVersusRelease {
    private final Ledger ledger = Small.ledger();
    private final long held = Small.claim(ledger, 0, 0b01);

    @Actor
    public void first(III_Result r) {
        r.r1 = Small.answer(ledger.release(held));
    }

    @Actor
    public void second(III_Result r) {
        r.r2 = Small.answer(ledger.release(held));
    }

    @Arbiter
    public void after(III_Result r) {
        r.r3 = ledger.freeGpuMask(0);
    }
}
