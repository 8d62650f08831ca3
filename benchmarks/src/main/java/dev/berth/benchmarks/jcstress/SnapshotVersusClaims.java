package dev.berth.benchmarks.jcstress;

import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread claims on node 0 and then on node 1, another takes a snapshot that says it is of one moment. */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Before both claims.")
@Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "Between the claims.")
@Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "After both claims.")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "The snapshot has the second claim without the first, or figures without their claim.")
@State
public class SnapshotVersusClaims {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void claim() {
        Small.claim(ledger, 0, 0b01);
        Small.claim(ledger, 1, 0b01);
    }

    @Actor
    public void look(III_Result r) {
        LedgerSnapshot snapshot = ledger.snapshot();
        while (!snapshot.pointInTime()) {
            snapshot = ledger.snapshot();
        }
        NodeReading reading = new NodeReading();
        snapshot.read(0, reading);
        r.r1 = 2 - Integer.bitCount(reading.freeGpuMask());
        snapshot.read(1, reading);
        r.r2 = 2 - Integer.bitCount(reading.freeGpuMask());
        r.r3 = snapshot.claimCount();
    }
}
