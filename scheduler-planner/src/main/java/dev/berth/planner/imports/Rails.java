package dev.berth.planner.imports;

import dev.berth.planner.io.ImportNote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the adapters of the nodes are spread over switches. Adapters of one name, such as {@code mlx5_3}, are one rail.
 *
 * @param rails adapters of the node that has most
 * @param switches switches on which nodes hang
 * @param onOneRail those of them that carry one rail, a few adapters excepted
 */
record Rails(int rails, int switches, int onOneRail) {
    /** So much of a switch's adapters must be of one rail; the others are called cables in the wrong switch. */
    private static final double ONE_RAIL = 0.75;

    /** Counts, and notes adapters that hang on another rail's switch where switches carry one rail each. */
    static Rails of(FabricGraph fabric, List<ImportNote> notes) {
        Map<String, Set<String>> devices = new HashMap<>();
        for (FabricGraph.Adapter adapter : fabric.adapters()) {
            devices.computeIfAbsent(adapter.node(), unused -> new HashSet<>()).add(adapter.device());
        }
        int most = devices.values().stream().mapToInt(Set::size).max().orElse(0);
        Map<Integer, Map<String, List<FabricGraph.Adapter>>> bySwitch = new TreeMap<>();
        for (FabricGraph.Adapter adapter : fabric.adapters()) {
            bySwitch.computeIfAbsent(adapter.fabricSwitch(), unused -> new TreeMap<>())
                    .computeIfAbsent(adapter.device(), unused -> new ArrayList<>())
                    .add(adapter);
        }
        int pure = 0;
        List<ImportNote> odd = new ArrayList<>();
        for (Map.Entry<Integer, Map<String, List<FabricGraph.Adapter>>> entry : bySwitch.entrySet()) {
            String rail = main(entry.getValue());
            if (rail == null) {
                continue;
            }
            pure++;
            entry.getValue().forEach((device, adapters) -> {
                if (!device.equals(rail)) {
                    adapters.forEach(adapter -> odd.add(fabric.note("node '" + adapter.node() + "' has its adapter '"
                            + device + "' on switch '" + fabric.name(entry.getKey()) + "', which carries '" + rail
                            + "' of the others; cables swapped?")));
                }
            });
        }
        if (most > 1 && 2 * pure > bySwitch.size()) {
            notes.addAll(odd);
        }
        return new Rails(most, bySwitch.size(), most > 1 ? pure : 0);
    }

    /** The rail of nearly all adapters on a switch, or null. */
    private static @Nullable String main(Map<String, List<FabricGraph.Adapter>> byRail) {
        int all = byRail.values().stream().mapToInt(List::size).sum();
        for (Map.Entry<String, List<FabricGraph.Adapter>> rail : byRail.entrySet()) {
            if (rail.getValue().size() >= ONE_RAIL * all) {
                return rail.getKey();
            }
        }
        return null;
    }
}
