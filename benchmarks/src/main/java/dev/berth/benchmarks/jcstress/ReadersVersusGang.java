package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** A gang is claimed while two threads read its nodes, one upwards and one downwards: neither sees half of it, and they agree. */
@JCStressTest
@Outcome(id = "0, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Both before the gang.")
@Outcome(id = "0, 0, [01], 1", expect = Expect.ACCEPTABLE, desc = "The first before it, the second later.")
@Outcome(id = "[01], 1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The second before it, the first later.")
@Outcome(id = "0, 1, 0, 1", expect = Expect.ACCEPTABLE, desc = "The gang was claimed between the reads of both.")
@Outcome(id = "0, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The second after it.")
@Outcome(id = "1, 1, 0, 1", expect = Expect.ACCEPTABLE, desc = "The first after it.")
@Outcome(id = "1, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Both after the gang.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Somebody saw one task of the gang and later not the other.")
@State
public class ReadersVersusGang {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void claim() {
        ledger.claim(Small.gang(0b01, 0b10));
    }

    @Actor
    public void upwards(IIII_Result r) {
        r.r1 = Small.taken(ledger, 0);
        r.r2 = Small.taken(ledger, 1);
    }

    @Actor
    public void downwards(IIII_Result r) {
        r.r3 = Small.taken(ledger, 1);
        r.r4 = Small.taken(ledger, 0);
    }
}
