package dev.berth.benchmarks.jcstress;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.GangClaim;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;

/** The smallest ledger on which threads can meet, and answers that do not depend on the values of handles. */
final class Small {
    private static final Cluster CLUSTER = Cluster.builder()
            .add(NodeSpec.named("a")
                    .gpus("T4", 2, 15360)
                    .cpuMilli(40)
                    .memoryMib(40)
                    .build())
            .add(NodeSpec.named("b")
                    .gpus("T4", 2, 15360)
                    .cpuMilli(40)
                    .memoryMib(40)
                    .build())
            .build();

    private Small() {}

    static Ledger ledger() {
        return Ledger.of(CLUSTER, 64);
    }

    /** Claims whole GPUs and 10 milli CPU. */
    static long claim(Ledger ledger, int node, int mask) {
        return ledger.claim(node, new ClaimSpec().whole(mask).cpuMilli(10), Ledger.ANY_VERSION);
    }

    /** A gang of a task on node 0 and one on node 1, each with whole GPUs and 10 milli CPU. */
    static GangClaim gang(int maskOn0, int maskOn1) {
        return new GangClaim()
                .add(0, Ledger.ANY_VERSION, new ClaimSpec().whole(maskOn0).cpuMilli(10))
                .add(1, Ledger.ANY_VERSION, new ClaimSpec().whole(maskOn1).cpuMilli(10));
    }

    /** GPUs of a node that are not free. */
    static int taken(Ledger ledger, int node) {
        return 2 - Integer.bitCount(ledger.freeGpuMask(node));
    }

    /** 1 for a handle, otherwise the ledger's negative answer. */
    static int answer(long handle) {
        return (int) Math.min(handle, 1);
    }

    static int answer(boolean done) {
        return done ? 1 : 0;
    }

    static NodeReading read(Ledger ledger, int node) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        return reading;
    }
}
