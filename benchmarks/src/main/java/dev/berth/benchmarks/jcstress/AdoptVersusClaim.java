package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** One thread takes in what already runs on the GPU that another claims. */
@JCStressTest
@Outcome(
        id = "1, 1, true",
        expect = Expect.ACCEPTABLE,
        desc = "The claim came first; the adopted one overcommits the node.")
@Outcome(id = "1, -1, false", expect = Expect.ACCEPTABLE, desc = "The adopted one came first; the claim was refused.")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc =
                "Two holders of one GPU, and the node does not say that it is overcommitted; or the adopted claim was refused.")
@State
public class AdoptVersusClaim {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void adopt(IIZ_Result r) {
        r.r1 = Small.answer(ledger.adopt(0, new ClaimSpec().whole(0b01)));
    }

    @Actor
    public void claim(IIZ_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b01));
    }

    @Arbiter
    public void after(IIZ_Result r) {
        r.r3 = Small.read(ledger, 0).overcommitted();
    }
}
