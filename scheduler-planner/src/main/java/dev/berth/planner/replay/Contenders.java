package dev.berth.planner.replay;

import dev.berth.placement.ExpectedFillPolicy;
import dev.berth.placement.FragmentationGradientPolicy;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.placement.TypicalWorkload;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes policies ready for a replay: with or without a workload that is known beforehand, and repeatable by seed. */
final class Contenders {
    private Contenders() {}

    /**
     * The policies of these names.
     *
     * @param names of policies that there are
     * @param typical for a policy that weighs by a typical workload, the workload, or null to learn it from the arrivals
     */
    static List<Saturation.Contender> of(List<String> names, Function<Policy, @Nullable TypicalWorkload> typical) {
        List<Saturation.Contender> contenders = new ArrayList<>();
        for (String name : new LinkedHashSet<>(names)) {
            contenders.add(contender(name, typical));
        }
        return contenders;
    }

    private static Saturation.Contender contender(String name, Function<Policy, @Nullable TypicalWorkload> typical) {
        Policy policy = Policies.byName(name);
        if (name.equals("random")) {
            return new Saturation.Contender(name, Policies::random);
        }
        TypicalWorkload workload = typical.apply(policy);
        if (workload != null && policy instanceof FragmentationGradientPolicy) {
            Policy given = FragmentationGradientPolicy.of(workload);
            return new Saturation.Contender(name, seed -> given);
        }
        if (workload != null && policy instanceof ExpectedFillPolicy learning) {
            Policy given = learning.withTypical(workload);
            return new Saturation.Contender(name, seed -> given);
        }
        return new Saturation.Contender(name, seed -> policy);
    }
}
