package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A gang that needs a GPU which another thread is just releasing. */
@JCStressTest
@Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "Released, then the gang.")
@Outcome(id = "-1, 1, 0", expect = Expect.ACCEPTABLE, desc = "The gang was refused, then released.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Not released, or something is left of a gang that was refused.")
@State
public class ReleaseVersusGang {
    private final Ledger ledger = Small.ledger();
    private final long held = Small.claim(ledger, 1, 0b01);

    @Actor
    public void gang(III_Result r) {
        r.r1 = (int) ledger.claim(Small.gang(0b01, 0b01));
    }

    @Actor
    public void release(III_Result r) {
        r.r2 = Small.answer(ledger.release(held));
    }

    @Arbiter
    public void end(III_Result r) {
        r.r3 = Small.taken(ledger, 0);
    }
}
