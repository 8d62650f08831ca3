package dev.berth.placement;

import dev.berth.cluster.MigGeometry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that the expected-fill policy computes from a workload, for the nodes of one cluster. Immutable, so that it
 * can be made on any thread and put in place at once.
 */
final class ExpectedFillTables {
    private final DeviceTable[] device;
    private final NodeTable[] node;
    private final @Nullable MigTable[] mig;
    private final @Nullable NodeTable[] migNode;
    private final double[] weight;
    private final WholeNodePrices prices;
    private final boolean coresScarce;

    private record TableKey(OfferedClasses classes, int coreUnitMilli) {}

    private ExpectedFillTables(int kinds, double[] weight, WholeNodePrices prices, boolean coresScarce) {
        device = new DeviceTable[kinds];
        node = new NodeTable[kinds];
        mig = new MigTable[kinds];
        migNode = new NodeTable[kinds];
        this.weight = weight;
        this.prices = prices;
        this.coresScarce = coresScarce;
    }

    /** Tables for a workload. Tens of milliseconds at a hundred classes; see {@link NodeTable#of} for the dearest part. */
    static ExpectedFillTables of(TypicalWorkload workload, NodeKinds nodes, ExpectedFillParameters parameters) {
        List<NodeKinds.Kind> kinds = nodes.kinds();
        double[] weight = Scarcity.of(workload, nodes);
        for (int j = 0; j < weight.length; j++) {
            weight[j] = 1 + parameters.scarcityWeight() * weight[j];
        }
        double coresWanted = workload.cpuMilliSum() * nodes.plainMilli();
        double gpusWanted = (double) workload.gpuMilliSum() * nodes.cpuMilli();
        ExpectedFillTables tables = new ExpectedFillTables(
                kinds.size(),
                weight,
                WholeNodePrices.of(workload, nodes, parameters.horizon()),
                coresWanted > 0 && coresWanted >= parameters.scarceCores() * gpusWanted);
        tables.addPlain(workload, nodes, parameters.devicePatience());
        tables.addMig(workload, nodes, parameters.devicePatience());
        return tables;
    }

    private void addPlain(TypicalWorkload workload, NodeKinds nodes, int patience) {
        List<NodeKinds.Kind> kinds = nodes.kinds();
        TableKey[] keys = new TableKey[kinds.size()];
        Map<TableKey, Integer> mostGpus = new LinkedHashMap<>();
        for (int j = 0; j < keys.length; j++) {
            NodeKinds.Kind kind = kinds.get(j);
            keys[j] = new TableKey(plainClasses(workload, nodes, kind), kind.coreUnitMilli());
            mostGpus.merge(keys[j], Math.max(1, kind.mostPlain()), Math::max);
        }
        Map<TableKey, DeviceTable> devices = new LinkedHashMap<>();
        Map<TableKey, NodeTable> limits = new LinkedHashMap<>();
        mostGpus.forEach((key, gpus) -> {
            devices.put(key, DeviceTable.of(key.classes(), patience));
            limits.put(key, NodeTable.of(key.classes(), gpus, key.coreUnitMilli()));
        });
        for (int j = 0; j < keys.length; j++) {
            device[j] = devices.get(keys[j]);
            node[j] = limits.get(keys[j]);
        }
    }

    private static OfferedClasses plainClasses(TypicalWorkload workload, NodeKinds nodes, NodeKinds.Kind kind) {
        double withGpus = 0;
        for (int m = 0; m < workload.size(); m++) {
            withGpus += workload.gpuMilli(m) > 0 ? workload.p(m) : 0;
        }
        OfferedClasses.Builder classes = new OfferedClasses.Builder();
        for (int m = 0; m < workload.size(); m++) {
            if (workload.gpuMilli(m) > 0 && workload.allows(m, nodes.cluster(), kind.node())) {
                classes.add(workload.gpuMilli(m), workload.cpuMilli(m), workload.p(m) / withGpus);
            }
        }
        return classes.build();
    }

    private void addMig(TypicalWorkload workload, NodeKinds nodes, int patience) {
        for (int j = 0; j < mig.length; j++) {
            NodeKinds.Kind kind = nodes.kinds().get(j);
            MigGeometry geometry = kind.geometry();
            if (geometry == null) {
                continue;
            }
            double[] shares = new double[geometry.profileCount()];
            OfferedClasses classes = migClasses(workload, nodes, kind, geometry, shares);
            mig[j] = MigTable.of(geometry, shares, patience);
            migNode[j] = NodeTable.of(classes, kind.mostMig(), kind.coreUnitMilli());
        }
    }

    /** The classes of MIG profiles that a kind takes; every profile once, without CPU, while none has been seen. */
    private static OfferedClasses migClasses(
            TypicalWorkload workload, NodeKinds nodes, NodeKinds.Kind kind, MigGeometry geometry, double[] shares) {
        OfferedClasses.Builder classes = new OfferedClasses.Builder();
        double all = 0;
        for (TypicalWorkload.Counted counted : workload.mig()) {
            all += migProfile(counted.request(), nodes, kind, geometry) >= 0 ? counted.count() : 0;
        }
        for (TypicalWorkload.Counted counted : workload.mig()) {
            int profile = migProfile(counted.request(), nodes, kind, geometry);
            if (profile >= 0) {
                double share = counted.count() / all;
                shares[profile] += share;
                classes.add(MigTable.milli(geometry, profile), counted.request().cpuMilli(), share);
            }
        }
        for (int p = 0; all == 0 && p < shares.length; p++) {
            shares[p] = 1.0 / shares.length;
            classes.add(MigTable.milli(geometry, p), 0, shares[p]);
        }
        return classes.build();
    }

    private static int migProfile(Request request, NodeKinds nodes, NodeKinds.Kind kind, MigGeometry geometry) {
        boolean allowed = TypicalWorkload.allows(request, nodes.cluster(), kind.node());
        return allowed && request.gpus() instanceof GpuDemand.Mig demand ? geometry.profileIndex(demand.profile()) : -1;
    }

    /** Expected fill of what is left of a GPU of a kind. */
    DeviceTable device(int kind) {
        return device[kind];
    }

    /** How much cores limit the GPUs of a kind that are not in MIG mode. */
    NodeTable node(int kind) {
        return node[kind];
    }

    /** Expected fill of a GPU of a kind in MIG mode, null when the kind has none. */
    @Nullable
    MigTable mig(int kind) {
        return mig[kind];
    }

    /** How much cores limit the GPUs of a kind in MIG mode, null when the kind has none. */
    @Nullable
    NodeTable migNode(int kind) {
        return migNode[kind];
    }

    /** What a milli-GPU of a kind counts: 1, and more for scarce kinds. */
    double weight(int kind) {
        return weight[kind];
    }

    /** Whether the cores will be used up before the GPUs. */
    boolean coresScarce() {
        return coresScarce;
    }

    /** Prices of whole nodes. */
    WholeNodePrices prices() {
        return prices;
    }
}
