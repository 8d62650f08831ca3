package dev.berth.placement;

import com.carrotsearch.hppc.LongIntHashMap;
import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of the idle GPU the next typical task cannot use: the fragmentation measure of Weng et al., "Beware of
 * Fragmentation" (USENIX ATC 2023, section 3), on one cluster and for one {@link TypicalWorkload}.
 *
 * <p>For one class of tasks, the fragments of a node are all its idle milli-GPU when the class does not fit the node (wrong
 * model, too few CPU, no GPU with enough left, or a class without GPUs), and otherwise what is idle on GPUs with less left
 * than the class asks of each. The fragmentation of a node is the mean over the classes, weighted by their shares of the
 * arrivals. Memory is in no score. GPUs in MIG mode are left out: milli-GPU do not describe them.
 *
 * <p>Immutable, hence thread-safe; a {@link View} is not, so ask from its planner's thread. One node costs O(its GPUs)
 * whatever the number of classes, because the classes that ask the same of a GPU are added up beforehand.
 */
public final class Fragmentation {
    private final Cluster cluster;
    /** Of each node, the table of the classes that take its GPUs. */
    private final Usable[] tables;

    private Fragmentation(Cluster cluster, Usable[] tables) {
        this.cluster = cluster;
        this.tables = tables;
    }

    /** Tables for a cluster and a workload. O(nodes + sets of classes x classes x distinct CPU demands). */
    public static Fragmentation of(Cluster cluster, TypicalWorkload typical) {
        Usable[] tables = new Usable[cluster.nodeCount()];
        LongIntHashMap idByKind = new LongIntHashMap();
        List<Usable> kinds = new ArrayList<>();
        Map<BitSet, Usable> byClasses = new HashMap<>();
        for (int node = 0; node < tables.length; node++) {
            // Whether a class takes a node's GPUs depends on their model and memory alone.
            long kind = (long) cluster.gpuModelId(node) << 32 | cluster.gpuMemoryMib(node);
            int id = idByKind.getOrDefault(kind, -1);
            if (id < 0) {
                BitSet classes = new BitSet();
                for (int i = 0; i < typical.size(); i++) {
                    classes.set(i, typical.gpuMilli(i) > 0 && typical.allows(i, cluster, node));
                }
                id = kinds.size();
                idByKind.put(kind, id);
                kinds.add(
                        byClasses.computeIfAbsent(classes, set -> new Usable(typical, set, cluster.maxGpusPerNode())));
            }
            tables[node] = kinds.get(id);
        }
        return new Fragmentation(cluster, tables);
    }

    /** Idle milli-GPU of a node that the mean typical task cannot use, as it stands. */
    public double ofNode(View view, int node) {
        return ofNode(view, node, view.cpuFreeMilli(node), 0, view.freeGpuMilli(node));
    }

    /** Sum of {@link #ofNode(View, int)} over the cluster. O(GPUs). */
    public double ofCluster(View view) {
        double sum = 0;
        for (int node = 0; node < tables.length; node++) {
            sum += ofNode(view, node);
        }
        return sum;
    }

    /** The same with other free CPU, and with so many of the free GPUs taken. */
    double ofNode(View view, int node, long cpuFreeMilli, int gpusTaken, int idleMilli) {
        Usable table = tables[node];
        int row = table.row(cpuFreeMilli);
        int free = Integer.bitCount(view.freeGpuMask(node)) - gpusTaken;
        return idleMilli
                - (sharesOf(view, node, table, row) - gpusTaken * table.ofShares(row, 1000))
                - table.ofWhole(row, free);
    }

    /** The same after a share on one GPU; {@code shares} is {@link #sharesAfter}. */
    double ofNodeAfterShare(View view, int node, long cpuFreeAfterMilli, double shares, int left, int milli) {
        Usable table = tables[node];
        int row = table.row(cpuFreeAfterMilli);
        int free = Integer.bitCount(view.freeGpuMask(node)) - (left == 1000 ? 1 : 0);
        return view.freeGpuMilli(node)
                - milli
                - (shares - table.ofShares(row, left) + table.ofShares(row, left - milli))
                - table.ofWhole(row, free);
    }

    /** What classes that ask for shares can use of the GPUs as they are, when this much CPU is free. */
    double sharesAfter(View view, int node, long cpuFreeAfterMilli) {
        return sharesOf(view, node, tables[node], tables[node].row(cpuFreeAfterMilli));
    }

    private double sharesOf(View view, int node, Usable table, int row) {
        double sum = 0;
        for (int mask = cluster.plainGpuMask(node); mask != 0; mask &= mask - 1) {
            sum += table.ofShares(row, view.gpuFreeMilli(node, Integer.numberOfTrailingZeros(mask)));
        }
        return sum;
    }

    /**
     * What the classes of a set can use of a node's idle GPU, by free CPU. A row holds for all amounts of free CPU that admit
     * the same classes; row 0 admits none.
     */
    private static final class Usable {
        private final int[] cpuMilli;
        /** For each residue of a GPU, how many of the distinct shares fit it. */
        private final short[] step = new short[1001];

        private final int steps;
        private final int gpus;
        /** By row and step: the arrivals' share of the classes with a share that fits. */
        private final double[] shares;
        /** By row and number of free GPUs: usable milli-GPU of the classes that ask for whole GPUs. */
        private final double[] whole;

        Usable(TypicalWorkload typical, BitSet classes, int gpus) {
            this.gpus = gpus;
            cpuMilli =
                    classes.stream().map(typical::cpuMilli).distinct().sorted().toArray();
            int[] asked = classes.stream()
                    .map(typical::shareMilli)
                    .filter(milli -> milli > 0)
                    .distinct()
                    .sorted()
                    .toArray();
            steps = asked.length + 1;
            for (int milli = 0, fit = 0; milli <= 1000; milli++) {
                while (fit < asked.length && asked[fit] <= milli) {
                    fit++;
                }
                step[milli] = (short) fit;
            }
            int rows = cpuMilli.length + 1;
            shares = new double[rows * steps];
            whole = new double[rows * (gpus + 1)];
            for (int row = 1; row < rows; row++) {
                int cpu = cpuMilli[row - 1];
                classes.stream().filter(i -> typical.cpuMilli(i) <= cpu).forEach(add(typical, row));
            }
        }

        private java.util.function.IntConsumer add(TypicalWorkload typical, int row) {
            return i -> {
                if (typical.shareMilli(i) > 0) {
                    for (int fit = step[typical.shareMilli(i)]; fit < steps; fit++) {
                        shares[row * steps + fit] += typical.p(i);
                    }
                } else {
                    for (int free = typical.wholeGpus(i); free <= gpus; free++) {
                        whole[row * (gpus + 1) + free] += typical.p(i) * 1000 * free;
                    }
                }
            };
        }

        int row(long cpuFreeMilli) {
            int key = (int) Math.max(-1, Math.min(Integer.MAX_VALUE, cpuFreeMilli));
            int at = Arrays.binarySearch(cpuMilli, key);
            return at < 0 ? -at - 1 : at + 1;
        }

        /** Usable milli of a GPU with this much left, by the classes that ask for shares. */
        double ofShares(int row, int left) {
            return left * shares[row * steps + step[left]];
        }

        /** Usable milli of so many free GPUs, by the classes that ask for whole GPUs. */
        double ofWhole(int row, int free) {
            return whole[row * (gpus + 1) + free];
        }
    }
}
