package dev.berth.planner.replay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The placers of a gang replay by the names that users choose them by. */
final class GangPolicies {
    /** All names, Berth's own first. */
    static final List<String> NAMES = List.of("berth", "best-fit", "tree", "isolation");

    private GangPolicies() {}

    /** Makers of the placers of these names, in their order, each once. */
    static Map<String, GangRun.Maker> of(List<String> names, Ladder ladder) {
        Switches switches = new Switches(ladder);
        Map<String, GangRun.Maker> makers = new LinkedHashMap<>();
        for (String name : names) {
            makers.put(name, maker(name, switches));
        }
        return makers;
    }

    private static GangRun.Maker maker(String name, Switches switches) {
        return switch (name) {
            case "berth" -> BerthPlacer::new;
            case "best-fit" -> BestFitPlacer::new;
            case "tree" -> (ledger, seed) -> new TreePlacer(ledger, switches);
            case "isolation" -> (ledger, seed) -> new IsolationPlacer(ledger, switches);
            default ->
                throw new IllegalArgumentException("policy is '" + name + "', allowed: " + String.join(", ", NAMES));
        };
    }
}
