package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Topograph's {@code graph} engine answers: for each instance the switches above it, the nearest first, and labels
 * (docs.nvidia.com/topograph/engines/graph). Immutable.
 *
 * @param instances in the order of the file
 * @param notes what was ignored
 */
public record TopographGraph(List<Instance> instances, List<ImportNote> notes) {
    /**
     * A machine.
     *
     * @param id the provider's id of it, which need not be its host name; unique in the file
     * @param type what the provider calls its kind, or null
     * @param layers the switches above it, the nearest first; two of them are never the same
     * @param labels labels (since Topograph 1.0) and attributes (before)
     * @param line where it stands
     */
    public record Instance(
            String id, @Nullable String type, List<String> layers, Map<String, String> labels, int line) {}

    private static final List<String> USED = List.of("id", "type", "network_layers", "labels", "attributes");

    /** More tiers than any fabric has; a file with more is broken. */
    private static final int MAX_LAYERS = 16;

    /**
     * Reads a file.
     *
     * @throws BadInputException naming file, line, column, field, value and what is allowed
     */
    public static TopographGraph read(Path file) {
        return parse(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads UTF-8 bytes of JSON.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static TopographGraph parse(String source, byte[] bytes) {
        YamlValue root = JsonText.parse(source, InputText.utf8(source, bytes));
        Map<String, YamlValue> top = root.entries();
        SortedSet<String> ignored = new TreeSet<>(top.keySet());
        ignored.remove("instances");
        Map<String, Instance> instances = new LinkedHashMap<>();
        for (YamlValue item : root.required(top, "instances").items()) {
            Instance instance = instance(item, ignored);
            if (instances.put(instance.id(), instance) != null) {
                throw item.complain("has the id '" + TextLine.shown(instance.id()) + "' again, allowed: each id once");
            }
        }
        List<ImportNote> notes = new ArrayList<>();
        if (!ignored.isEmpty()) {
            notes.add(new ImportNote(
                    source, 0, "unknown keys are not used: " + TextLine.shown(String.join(", ", ignored))));
        }
        return new TopographGraph(List.copyOf(instances.values()), notes);
    }

    private static Instance instance(YamlValue item, SortedSet<String> ignored) {
        Map<String, YamlValue> fields = item.entries();
        for (String key : fields.keySet()) {
            if (!USED.contains(key)) {
                ignored.add(key);
            }
        }
        YamlValue type = fields.get("type");
        YamlValue layers = fields.get("network_layers");
        Map<String, String> labels = new LinkedHashMap<>(Labels.read(fields.get("attributes")));
        labels.putAll(Labels.read(fields.get("labels")));
        return new Instance(
                item.required(fields, "id").text(),
                type == null || type.anyText().isBlank() ? null : type.anyText(),
                layers == null || layers.isNothing() ? List.of() : layers(layers),
                labels,
                item.line());
    }

    private static List<String> layers(YamlValue value) {
        List<String> layers = new ArrayList<>();
        for (YamlValue item : value.items()) {
            String name = item.anyText();
            // Some providers leave a tier empty that they have not.
            if (name.isBlank()) {
                continue;
            }
            if (!NamePattern.isPlain(name)) {
                throw item.wrong("a name without braces");
            }
            if (layers.contains(name)) {
                throw item.wrong("a switch that is not named below it already");
            }
            layers.add(name);
        }
        if (layers.size() > MAX_LAYERS) {
            throw value.complain("has " + layers.size() + " switches, allowed: at most " + MAX_LAYERS);
        }
        return layers;
    }
}
