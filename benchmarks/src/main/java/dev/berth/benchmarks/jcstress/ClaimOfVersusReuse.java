package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** One thread asks what a handle holds while another releases it and claims other GPUs, which takes the same entry. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "It was live and held GPU 0.")
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "It was stale.")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "The handle was said to hold what another claim holds, or to be live after its release was seen.")
@State
public class ClaimOfVersusReuse {
    private final Ledger ledger = Small.ledger();
    private final long held = Small.claim(ledger, 0, 0b01);

    @Actor
    public void reuse() {
        ledger.release(held);
        Small.claim(ledger, 0, 0b10);
    }

    @Actor
    public void ask(I_Result r) {
        ClaimSpec spec = new ClaimSpec();
        r.r1 = ledger.claimOf(held, spec) ? spec.gpuMask() : 0;
    }
}
