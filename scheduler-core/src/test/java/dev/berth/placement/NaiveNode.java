package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.List;

/** One node and the tasks on it, kept in the plainest way: what the published definitions are written down against. */
final class NaiveNode {
    final String model;
    final int cpuMilli;
    final int[] left;
    /** Of each task on the node: 0 for a share, its number of GPUs otherwise, -1 without GPUs. */
    final List<Integer> tasks = new ArrayList<>();

    private final List<ClaimSpec> claims = new ArrayList<>();
    int cpuLeft;

    NaiveNode(String model, int gpus, int cpuMilli) {
        this.model = model;
        this.cpuMilli = cpuMilli;
        cpuLeft = cpuMilli;
        left = new int[gpus];
        java.util.Arrays.fill(left, 1000);
    }

    int free() {
        return (int)
                java.util.Arrays.stream(left).filter(milli -> milli == 1000).count();
    }

    int idleMilli() {
        return java.util.Arrays.stream(left).sum();
    }

    boolean fits(Request request) {
        if (request.cpuMilli() > cpuLeft) {
            return false;
        }
        if (request.gpus() instanceof GpuDemand.None) {
            return true;
        }
        if (!request.gpuModels().isEmpty() && !request.gpuModels().contains(model)) {
            return false;
        }
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            return free() >= whole.count();
        }
        return java.util.Arrays.stream(left).anyMatch(milli -> milli >= request.gpuMilli());
    }

    /** Places a task that fits; a share on the given GPU, whole GPUs from the lowest index. */
    void place(Request request, int gpu) {
        ClaimSpec claim = new ClaimSpec().cpuMilli(request.cpuMilli());
        cpuLeft -= request.cpuMilli();
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            int mask = 0;
            for (int g = 0; Integer.bitCount(mask) < whole.count(); g++) {
                if (left[g] == 1000) {
                    left[g] = 0;
                    mask |= 1 << g;
                }
            }
            tasks.add(whole.count());
            claims.add(claim.whole(mask));
        } else if (request.gpus() instanceof GpuDemand.Share share) {
            left[gpu] -= share.milli();
            tasks.add(0);
            claims.add(claim.share(gpu, share.milli()));
        } else {
            tasks.add(-1);
            claims.add(claim.noGpus());
        }
    }

    /** The same node as node 0 of a ledger, read into a view. */
    View view() {
        Cluster cluster = Cluster.builder()
                .add(NodeSpec.named("n")
                        .gpus(left.length == 0 ? null : model, left.length, 0)
                        .cpuMilli(cpuMilli)
                        .memoryMib(1)
                        .build())
                .build();
        Ledger ledger = Ledger.of(cluster);
        for (ClaimSpec claim : claims) {
            if (ledger.claim(0, claim, Ledger.ANY_VERSION) <= 0) {
                throw new AssertionError("the ledger refuses " + claim);
            }
        }
        View view = new View(cluster);
        NodeReading reading = new NodeReading();
        ledger.read(0, reading);
        view.set(0, reading);
        return view;
    }

    @Override
    public String toString() {
        return model + " " + cpuLeft + "/" + cpuMilli + " " + java.util.Arrays.toString(left) + " " + tasks;
    }
}
