package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How many GPU milli of a set of tasks any scheduler can have allocated at once, even one that knows all tasks beforehand and
 * moves them as it likes: a linear program over <em>patterns</em>, the sets of tasks that fit one GPU together.
 *
 * <p>Whole numbers of tasks on a GPU, the models that a task allows and the number of GPUs of a node are kept exactly. A
 * task of several GPUs may straddle nodes, fractions of patterns are allowed, and CPU, memory and tasks without GPUs are left
 * out. Each of these only raises the bound, so it holds.
 *
 * <p>The patterns are too many to list. The program is solved with those known so far; for each kind of node a knapsack finds
 * the further pattern that would pay most at the program's prices; and so on (Gilmore and Gomory, "A linear programming
 * approach to the cutting-stock problem", Operations Research 1961). Any prices give a bound once the price of a GPU of each
 * kind is raised by what its best pattern pays above it, so the search stops when that is close enough to the program's
 * value. Patterns are kept from one set of tasks to the next. Used by one thread.
 */
final class UpperBound {
    /** The bound may be above the optimum of the program by this part. */
    private static final double CLOSE = 2e-4;
    /**
     * How far from the best prices so far towards the program's the next patterns are asked for. The program's own prices
     * swing wildly and ask for patterns that nobody wants (Wentges, "Weighted Dantzig-Wolfe decomposition", 1997).
     */
    private static final double STEP = 0.5;

    private static final int MOST_ROUNDS = 400;
    private static final double EPSILON = 1e-7;

    private final List<Kind> kinds = new ArrayList<>();
    private final List<Task> tasks = new ArrayList<>();
    private final int[] taskOf;
    private final int unitMilli;
    private final PatternProgram program;

    /** All tasks with the same GPU demand and models; {@code gpus} is 0 for a share. */
    private record Task(Request request, int gpus, int milli) {}

    /** All nodes with GPUs of one model and number: the tasks that they take, and the GPUs of all of them. */
    private record Kind(BitSet tasks, int gpus) {}

    UpperBound(Trace trace) {
        Map<Request, Integer> ids = new HashMap<>();
        taskOf = new int[trace.classes().size()];
        int unit = 1000;
        for (int ofClass = 0; ofClass < taskOf.length; ofClass++) {
            Request full = trace.classes().get(ofClass);
            taskOf[ofClass] = -1;
            if (full.gpuMilli() > 0) {
                Request request = new Request(full.gpus(), 0, 0, Map.of(), full.gpuModels(), 0, Map.of());
                Integer known = ids.putIfAbsent(request, tasks.size());
                taskOf[ofClass] = known == null ? tasks.size() : known;
                if (known == null) {
                    int gpus = full.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 0;
                    tasks.add(new Task(request, gpus, full.gpuMilli()));
                    unit = gcd(unit, full.gpuMilli());
                }
            }
        }
        unitMilli = unit;
        addKinds(trace.cluster());
        program = new PatternProgram(
                tasks.size(), kinds.stream().mapToDouble(Kind::gpus).toArray());
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private void addKinds(Cluster cluster) {
        Map<List<Integer>, List<Integer>> nodesOf = new LinkedHashMap<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (cluster.gpuCount(node) > 0) {
                nodesOf.computeIfAbsent(
                                List.of(cluster.gpuModelId(node), cluster.gpuCount(node)), same -> new ArrayList<>())
                        .add(node);
            }
        }
        for (List<Integer> nodes : nodesOf.values()) {
            int node = nodes.get(0);
            String model = cluster.gpuModels().get(cluster.gpuModelId(node));
            BitSet fits = new BitSet();
            for (int i = 0; i < tasks.size(); i++) {
                Request request = tasks.get(i).request();
                fits.set(
                        i,
                        (request.gpuModels().isEmpty() || request.gpuModels().contains(model))
                                && request.gpuMilli() <= 1000 * cluster.gpuCount(node));
            }
            kinds.add(new Kind(fits, nodes.size() * cluster.gpuCount(node)));
        }
    }

    /**
     * The bound.
     *
     * @param copies how many tasks there are of each class of the trace
     * @return GPUs
     */
    double gpus(int[] copies) {
        double[] count = new double[tasks.size()];
        for (int ofClass = 0; ofClass < copies.length; ofClass++) {
            if (taskOf[ofClass] >= 0) {
                count[taskOf[ofClass]] += copies[ofClass];
            }
        }
        double bound = Double.POSITIVE_INFINITY;
        PatternProgram.Prices best = null;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            PatternProgram.Prices now = program.solve(count);
            double value = program.value(now, count);
            if (best != null && bound - value <= CLOSE * bound) {
                return bound;
            }
            int known = program.patterns();
            for (PatternProgram.Prices asked : best == null ? List.of(now) : List.of(best.towards(now, STEP), now)) {
                PatternProgram.Prices raised = addPatterns(asked);
                double valid = program.value(raised, count);
                if (valid < bound) {
                    bound = valid;
                    best = raised;
                }
                if (program.anyPays(now, known)) {
                    break; // else the program would answer the same again: ask at its own prices
                }
            }
        }
        return bound;
    }

    /** Adds the patterns that pay at these prices; the prices, raised so that no pattern pays any more. */
    private PatternProgram.Prices addPatterns(PatternProgram.Prices prices) {
        double[] above = new double[kinds.size()];
        for (int kind = 0; kind < above.length; kind++) {
            for (int task = 0; task < tasks.size(); task++) {
                int gpus = tasks.get(task).gpus();
                if (gpus > 0 && kinds.get(kind).tasks().get(task)) {
                    double pays = worth(task, prices) / gpus - prices.gpu(kind);
                    if (pays > EPSILON) {
                        above[kind] = Math.max(above[kind], pays);
                        program.add(kind, gpus, gpus, task);
                    }
                }
            }
            int[] chosen = knapsack(kind, prices);
            double pays = -prices.gpu(kind);
            for (int task : chosen) {
                pays += worth(task, prices);
            }
            if (pays > EPSILON) {
                above[kind] = Math.max(above[kind], pays);
                addShares(chosen);
            }
        }
        return prices.raised(above);
    }

    /** What pays on one kind of node may pay on others: add it to all that take it. */
    private void addShares(int[] chosen) {
        double value = 0;
        for (int task : chosen) {
            value += tasks.get(task).milli() / 1000.0;
        }
        for (int kind = 0; kind < kinds.size(); kind++) {
            BitSet fits = kinds.get(kind).tasks();
            if (Arrays.stream(chosen).allMatch(fits::get)) {
                program.add(kind, 1, value, chosen);
            }
        }
    }

    private double worth(int task, PatternProgram.Prices prices) {
        return tasks.get(task).milli() / 1000.0 - prices.task(task);
    }

    /** Which shares together are worth most on one GPU. */
    private int[] knapsack(int kind, PatternProgram.Prices prices) {
        int room = 1000 / unitMilli;
        double[] worth = new double[room + 1];
        int[] taskOfSize = new int[room + 1];
        for (int task = 0; task < tasks.size(); task++) {
            if (tasks.get(task).gpus() == 0 && kinds.get(kind).tasks().get(task)) {
                int size = tasks.get(task).milli() / unitMilli;
                double of = worth(task, prices);
                if (of > worth[size]) {
                    worth[size] = of;
                    taskOfSize[size] = task;
                }
            }
        }
        int[] sizes =
                IntStream.rangeClosed(1, room).filter(size -> worth[size] > 0).toArray();
        double[] best = new double[room + 1];
        int[] last = new int[room + 1];
        for (int used = 1; used <= room; used++) {
            best[used] = best[used - 1];
            for (int size : sizes) {
                if (size <= used && best[used - size] + worth[size] > best[used]) {
                    best[used] = best[used - size] + worth[size];
                    last[used] = size;
                }
            }
        }
        IntStream.Builder chosen = IntStream.builder();
        int used = room;
        while (used > 0) {
            if (last[used] == 0) {
                used--;
            } else {
                chosen.add(taskOfSize[last[used]]);
                used -= last[used];
            }
        }
        return chosen.build().sorted().toArray();
    }
}
