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

/** A gang is claimed while another thread takes a snapshot that says it is of one moment. */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Before the gang.")
@Outcome(id = "1, 2, 2", expect = Expect.ACCEPTABLE, desc = "After the gang.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Half a gang, or figures without their claim.")
@State
public class SnapshotVersusGang {
    private final Ledger ledger = Small.ledger();

    @Actor
    public void claim() {
        ledger.claim(Small.gang(0b01, 0b11));
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
