package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.Objects;

/** What racks draw with further tasks of whole GPUs, by the words of the rule and with no sums kept. */
final class NaivePower {
    private final Cluster cluster;
    private final Ledger ledger;
    private final NodeReading reading = new NodeReading();

    NaivePower(Cluster cluster, Ledger ledger) {
        this.cluster = cluster;
        this.ledger = ledger;
    }

    /** Whether all racks bear so many further busy GPUs on each node, where any are. */
    boolean bears(int[] gpusOn) {
        for (int rack = 0; rack < cluster.racks().size(); rack++) {
            long drawn = 0;
            long added = 0;
            for (int node = 0; node < cluster.nodeCount(); node++) {
                if (cluster.rackId(node) == rack && cluster.rack(rack).powerCapW() > 0) {
                    drawn += nodeW(node, 0, false);
                    added += gpusOn[node] > 0 ? nodeW(node, gpusOn[node], true) - nodeW(node, 0, false) : 0;
                }
            }
            if (added > 0 && drawn + added > cluster.rack(rack).powerCapW()) {
                return false;
            }
        }
        return true;
    }

    private int nodeW(int node, int moreBusy, boolean use) {
        NodePower power = Objects.requireNonNull(cluster.power(node));
        ledger.read(node, reading);
        if (reading.state() == NodeState.RACKED) {
            return 0;
        }
        if (reading.liveClaims() == 0 && !use) {
            return power.idleW();
        }
        int busy = moreBusy;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            busy += reading.gpuFreeMilli(gpu) < 1000 ? 1 : 0;
        }
        PowerBasis basis = cluster.powerBasis();
        if (basis == PowerBasis.EXPECTED && power.idleW() > 0 && power.busyGpuW() > 0) {
            return power.idleW() + power.busyGpuW() * busy;
        }
        return basis == PowerBasis.NAMEPLATE || power.measuredW() == 0 ? power.nameplateW() : power.measuredW();
    }
}
