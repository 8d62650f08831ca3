package dev.berth.placement;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Our own policy: <em>expected-fill value with a whole-node price</em>. A task goes where the expected future fill of the
 * cluster drops least. A node is worth what typical tasks are still going to put on its GPUs, less what its free cores keep
 * out, more where its GPU model is scarce; and breaking a whole free node has a price that rises as such nodes become few.
 *
 * <p>What typical means is learnt from the arrivals, or given. Two presets differ in patience: {@link #fill()} for a fresh
 * cluster that only fills, {@link #berth()}, the default, for one that lives. No constant depends on the workload.
 *
 * <p>{@code docs/decisions/0020-berth-policy-extensions.md} says how the policy treats MIG profiles, GPU memory, labels,
 * and nodes of any size.
 */
public final class ExpectedFillPolicy implements Policy {
    private final String name;
    private final ExpectedFillParameters parameters;
    private final @Nullable TypicalWorkload given;
    private final Map<Request, Long> arrivedBefore;

    private ExpectedFillPolicy(
            String name,
            ExpectedFillParameters parameters,
            @Nullable TypicalWorkload given,
            Map<Request, Long> arrivedBefore) {
        this.name = name;
        this.parameters = parameters;
        this.given = given;
        this.arrivedBefore = arrivedBefore;
    }

    /** The preset for filling a fresh cluster from which nothing leaves. */
    public static ExpectedFillPolicy fill() {
        return of("fill", ExpectedFillParameters.FILL);
    }

    /** The default of Berth: the preset for a living cluster, whose tasks leave again. */
    public static ExpectedFillPolicy berth() {
        return of("berth", ExpectedFillParameters.BERTH);
    }

    /**
     * The policy with constants of your own, learning from the arrivals.
     *
     * @param name by which it is reported
     */
    public static ExpectedFillPolicy of(String name, ExpectedFillParameters parameters) {
        return new ExpectedFillPolicy(name, parameters, null, Map.of());
    }

    /** This policy with a typical workload that is given: it learns nothing and has no warm-up. */
    public ExpectedFillPolicy withTypical(TypicalWorkload workload) {
        return new ExpectedFillPolicy(name, parameters, workload, Map.of());
    }

    /**
     * This policy, counting these arrivals as seen, and learning on. After a restart, what is running is the best guess at
     * what arrives; with enough of it the first tables are there from the start.
     *
     * @param counts arrivals per request, each 0 or more
     * @throws IllegalArgumentException if a count is negative
     */
    public ExpectedFillPolicy withArrived(Map<Request, Long> counts) {
        counts.forEach((request, count) -> {
            if (count < 0) {
                throw new IllegalArgumentException("the count of " + request + " is " + count + ", allowed: 0 or more");
            }
        });
        return new ExpectedFillPolicy(name, parameters, null, Map.copyOf(counts));
    }

    @Override
    public String name() {
        return name;
    }

    /** The constants. */
    public ExpectedFillParameters parameters() {
        return parameters;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Makes the tables at once when the workload is given, or when enough has arrived before.
     */
    @Override
    public NodeScorer scorer(View view) {
        return new ExpectedFillScorer(view, parameters, given, arrivedBefore);
    }

    @Override
    public String toString() {
        return "ExpectedFillPolicy[" + name + ", " + parameters + "]";
    }
}
