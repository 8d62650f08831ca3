package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A gang that cannot be, since its node 1 is full, while another thread claims on its node 0: the claim is not refused because of it. */
@JCStressTest
@Outcome(id = "-1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The gang is refused, the claim is granted.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A claim is refused because of a gang that is refused itself.")
@State
public class ClaimVersusRefusedGang {
    private final Ledger ledger = Small.ledger();

    public ClaimVersusRefusedGang() {
        Small.claim(ledger, 1, 0b11);
    }

    @Actor
    public void gang(III_Result r) {
        r.r1 = (int) ledger.claim(Small.gang(0b01, 0b01));
    }

    @Actor
    public void claim(III_Result r) {
        r.r2 = Small.answer(Small.claim(ledger, 0, 0b01));
        r.r3 = (int) ledger.version(0);
    }
}
