package dev.berth.planner.imports;

import dev.berth.planner.io.ImportNote;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which nodes a source puts together, compared with which nodes another one does. Names do not matter, for every tool has its own.
 */
final class Partition {
    private Partition() {}

    /**
     * Notes where two sources contradict each other: where one joins what the other keeps apart.
     *
     * @param what is said of the groups, such as "switch"
     * @param used what was taken, per node
     * @param usedSource where it came from
     * @param other what the other source says, per node
     * @param otherSource that source
     */
    static void compare(
            String what,
            Map<String, String> used,
            String usedSource,
            Map<String, String> other,
            String otherSource,
            List<ImportNote> notes) {
        notes.addAll(joined(what, other, otherSource, used, usedSource));
        notes.addAll(joined(what, used, usedSource, other, otherSource).stream()
                .map(note -> new ImportNote(
                        otherSource, 0, "keeps apart what " + usedSource + " puts together: " + note.text()))
                .toList());
    }

    /** Groups of {@code joining} whose nodes are in more than one group of {@code apart}. */
    private static List<ImportNote> joined(
            String what,
            Map<String, String> joining,
            String joiningSource,
            Map<String, String> apart,
            String apartSource) {
        Map<String, Map<String, String>> firstNodes = new TreeMap<>(NaturalOrder.NAMES);
        joining.forEach((node, group) -> {
            String elsewhere = apart.get(node);
            if (elsewhere != null) {
                firstNodes
                        .computeIfAbsent(group, unused -> new LinkedHashMap<>())
                        .putIfAbsent(elsewhere, node);
            }
        });
        return firstNodes.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(entry -> {
                    Summary summary = new Summary();
                    entry.getValue().forEach((group, node) -> summary.add(node + " (" + group + ")"));
                    return new ImportNote(
                            joiningSource,
                            0,
                            what + " '" + entry.getKey() + "' has nodes of "
                                    + entry.getValue().size() + " in " + apartSource + ": " + summary.examples());
                })
                .toList();
    }
}
