package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread releases a handle and claims again, which takes the same entry; another releases the old handle. */
@JCStressTest
@Outcome(
        id = "1, 0, 1",
        expect = Expect.ACCEPTABLE,
        desc = "The owner released its handle; the other was told that it is stale; the new claim stands.")
@Outcome(
        id = "0, 1, 1",
        expect = Expect.ACCEPTABLE,
        desc = "The other released the handle first; the new claim stands.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The new claim was released by the old handle, or the old one twice.")
@State
public class ReleaseVersusReuse {
    private final Ledger ledger = Small.ledger();
    private final long held = Small.claim(ledger, 0, 0b01);

    @Actor
    public void owner(III_Result r) {
        r.r1 = Small.answer(ledger.release(held));
        Small.claim(ledger, 0, 0b01);
    }

    @Actor
    public void other(III_Result r) {
        r.r2 = Small.answer(ledger.release(held));
    }

    @Arbiter
    public void after(III_Result r) {
        r.r3 = Small.read(ledger, 0).liveClaims();
    }
}
