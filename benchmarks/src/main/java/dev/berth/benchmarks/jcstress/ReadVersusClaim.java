package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** One thread reads the node that another claims on, twice, so that the first block comes into use again. */
@JCStressTest
@Outcome(id = "3, 40, 0, 0", expect = Expect.ACCEPTABLE, desc = "Before both claims.")
@Outcome(id = "2, 30, 1, 1", expect = Expect.ACCEPTABLE, desc = "Between the claims.")
@Outcome(id = "0, 20, 2, 2", expect = Expect.ACCEPTABLE, desc = "After both claims.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The figures are of different moments.")
@State
public class ReadVersusClaim {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void claim() {
        Small.claim(ledger, 0, 0b01);
        Small.claim(ledger, 0, 0b10);
    }

    @Actor
    public void read(IIII_Result r) {
        NodeReading reading = Small.read(ledger, 0);
        r.r1 = reading.freeGpuMask();
        r.r2 = (int) reading.cpuFreeMilli();
        r.r3 = reading.liveClaims();
        r.r4 = (int) reading.version();
    }
}
