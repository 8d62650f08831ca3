package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;
import org.ojalgo.optimisation.Variable;

/**
 * The linear program of {@link UpperBound} over the patterns known so far, solved as its dual: prices of tasks and of GPUs,
 * as cheap as can be so that no known pattern pays more than what it takes. Used by one thread.
 */
final class PatternProgram {
    private static final double EPSILON = 1e-7;

    private final int tasks;
    private final double[] gpus;
    private final List<Pattern> patterns = new ArrayList<>();
    private final Set<List<Integer>> known = new HashSet<>();

    /** A set of tasks on one GPU of a kind of node, or one task on several. */
    private static final class Pattern {
        final int kind;
        final int gpus;
        final double value;
        final int[] tasks;

        Pattern(int kind, int gpus, double value, int[] tasks) {
            this.kind = kind;
            this.gpus = gpus;
            this.value = value;
            this.tasks = tasks;
        }
    }

    /** What a task of each class and a GPU of each kind of node are worth, in GPUs. Immutable. */
    static final class Prices {
        private final int tasks;
        /** First the tasks, then the GPUs. */
        private final double[] all;

        private Prices(int tasks, double[] all) {
            this.tasks = tasks;
            this.all = all;
        }

        double task(int task) {
            return all[task];
        }

        double gpu(int kind) {
            return all[tasks + kind];
        }

        /** A part of the way to other prices. */
        Prices towards(Prices other, double part) {
            double[] mixed = new double[all.length];
            Arrays.setAll(mixed, i -> all[i] + part * (other.all[i] - all[i]));
            return new Prices(tasks, mixed);
        }

        /** The same with dearer GPUs. */
        Prices raised(double[] byKind) {
            double[] raised = all.clone();
            for (int kind = 0; kind < byKind.length; kind++) {
                raised[tasks + kind] += byKind[kind];
            }
            return new Prices(tasks, raised);
        }
    }

    /**
     * Without any pattern.
     *
     * @param tasks number of classes of tasks
     * @param gpus GPUs of each kind of node
     */
    PatternProgram(int tasks, double[] gpus) {
        this.tasks = tasks;
        this.gpus = gpus.clone();
    }

    /** Adds a pattern, unless it is known. */
    void add(int kind, int ofGpus, double value, int... ofTasks) {
        List<Integer> identity = IntStream.concat(IntStream.of(kind), IntStream.of(ofTasks))
                .boxed()
                .toList();
        if (known.add(identity)) {
            patterns.add(new Pattern(kind, ofGpus, value, ofTasks));
        }
    }

    /** Number of known patterns. */
    int patterns() {
        return patterns.size();
    }

    /** Whether any pattern from a position on pays more at these prices than it takes. */
    boolean anyPays(Prices prices, int from) {
        for (Pattern pattern : patterns.subList(from, patterns.size())) {
            double pays = pattern.value - pattern.gpus * prices.gpu(pattern.kind);
            for (int task : pattern.tasks) {
                pays -= prices.task(task);
            }
            if (pays > EPSILON) {
                return true;
            }
        }
        return false;
    }

    /** What all tasks and all nodes are worth at these prices. */
    double value(Prices prices, double[] count) {
        double value = 0;
        for (int task = 0; task < tasks; task++) {
            value += count[task] * prices.task(task);
        }
        for (int kind = 0; kind < gpus.length; kind++) {
            value += gpus[kind] * prices.gpu(kind);
        }
        return value;
    }

    /**
     * The cheapest prices at which no known pattern pays more than it takes.
     *
     * @param count how many tasks there are of each class
     */
    Prices solve(double[] count) {
        ExpressionsBasedModel model = new ExpressionsBasedModel();
        Variable[] price = new Variable[tasks + gpus.length];
        for (int i = 0; i < price.length; i++) {
            double weight = i < tasks ? count[i] : gpus[i - tasks];
            price[i] = model.newVariable("x" + i).lower(0).weight(weight);
        }
        for (int p = 0; p < patterns.size(); p++) {
            Pattern pattern = patterns.get(p);
            Expression row = model.newExpression("p" + p).lower(pattern.value);
            row.set(price[tasks + pattern.kind], pattern.gpus);
            for (int task : pattern.tasks) {
                row.add(price[task], 1);
            }
        }
        Optimisation.Result result = model.minimise();
        if (!result.getState().isOptimal()) {
            throw new IllegalStateException("the linear program of the upper bound ends as " + result.getState());
        }
        double[] all = new double[price.length];
        Arrays.setAll(all, i -> Math.max(0, result.doubleValue(i)));
        return new Prices(tasks, all);
    }
}
