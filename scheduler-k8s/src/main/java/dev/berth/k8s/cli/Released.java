package dev.berth.k8s.cli;

import java.util.List;

/**
 * What became of pods that were to be released. Immutable.
 *
 * @param dryRun whether nothing was to be done
 * @param held those that the gate held
 * @param results what became of them, in that order; empty with a dry run
 * @param notHeld pods that were named and that no gate of Berth held
 */
record Released(boolean dryRun, List<Gated> held, List<Releaser.Result> results, List<PodName> notHeld) {
    Released {
        held = List.copyOf(held);
        results = List.copyOf(results);
        notHeld = List.copyOf(notHeld);
    }

    long count(Releaser.Kind kind) {
        return results.stream().filter(result -> result.kind() == kind).count();
    }
}
