package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread gives back the GPU that another wants. */
@JCStressTest
@Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "The GPU was given back first, and has a new holder.")
@Outcome(id = "1, -1, 3", expect = Expect.ACCEPTABLE, desc = "The claim came first and was refused; the GPU is free.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The GPU is held by nobody and not free, or was claimed while held.")
@State
public class ClaimVersusRelease {
    private final Ledger ledger = Small.ledger();
    private final long held = Small.claim(ledger, 0, 0b01);

    @Actor
    public void release(III_Result r) {
        r.r1 = Small.answer(ledger.release(held));
    }

    @Actor
    public void claim(III_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b01));
    }

    @Arbiter
    public void after(III_Result r) {
        r.r3 = ledger.freeGpuMask(0);
    }
}
