package dev.berth.planner.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code topology.yaml}: a list of named topologies, each of one kind (slurm.schedmd.com/topology.yaml.html). Trees and blocks
 * are used, the other kinds noted. Slurm adds kinds and options from release to release, so that keys which are not known are noted,
 * too, and are no error. Not thread-safe; for one file.
 */
final class TopologyYamlReader {
    private static final String NAME = "topology";
    private static final String DEFAULT = "cluster_default";
    /** Kinds that describe which nodes are near each other. */
    private static final List<String> USED = List.of("tree", "block");
    /** Kinds that do not, or not as a tree, and why they are not used. */
    private static final Map<String, String> OTHERS = Map.of(
            "flat", "says nothing about switches",
            "ring", "is no tree of switches",
            "torus3d", "is no tree of switches");

    private static final String KINDS = "block, flat, ring, torus3d or tree";

    private final String source;
    private final SlurmTopologies.NameCount names = new SlurmTopologies.NameCount();
    private final List<ImportNote> notes = new ArrayList<>();
    private final Set<String> unknown = new TreeSet<>();

    private TopologyYamlReader(String source) {
        this.source = source;
    }

    /** The topologies of a text. */
    static SlurmTopologies read(String source, String text) {
        return new TopologyYamlReader(source).read(YamlValue.parse(source, text));
    }

    private SlurmTopologies read(YamlValue root) {
        List<SlurmTopology> topologies = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        boolean hasDefault = false;
        for (YamlValue item : root.items()) {
            Map<String, YamlValue> fields = item.entries();
            YamlValue name = item.required(fields, NAME);
            if (!seen.add(name.written())) {
                throw name.wrong("each topology once");
            }
            YamlValue isDefault = fields.get(DEFAULT);
            boolean first = isDefault != null && isDefault.anyTruth() && !hasDefault;
            hasDefault |= first;
            SlurmTopology topology = topology(item, fields, name.written());
            if (topology != null) {
                topologies.add(first ? 0 : topologies.size(), topology);
            }
        }
        if (seen.isEmpty()) {
            throw root.complain("names no topology, allowed: a list of at least one");
        }
        if (!unknown.isEmpty()) {
            notes.add(new ImportNote(
                    source, 0, "unknown keys are not used: " + TextLine.shown(String.join(", ", unknown))));
        }
        return new SlurmTopologies(List.copyOf(topologies), List.copyOf(notes));
    }

    /** A tree or blocks; null for what is noted instead. */
    private @Nullable SlurmTopology topology(YamlValue item, Map<String, YamlValue> fields, String name) {
        List<String> kinds = new ArrayList<>();
        List<String> others = new ArrayList<>();
        fields.forEach((key, value) -> {
            if (USED.contains(key) || OTHERS.containsKey(key)) {
                // `flat: false` is as good as nothing.
                if (!key.equals("flat") || !value.isScalar() || value.anyTruth()) {
                    kinds.add(key);
                }
            } else if (!key.equals(NAME) && !key.equals(DEFAULT)) {
                others.add(key);
            }
        });
        if (kinds.size() > 1 || kinds.isEmpty() && others.isEmpty()) {
            throw item.complain("has " + (kinds.isEmpty() ? "none" : String.join(" and ", kinds))
                    + " of the kinds, allowed: one of " + KINDS);
        }
        unknown.addAll(others);
        String kind = kinds.isEmpty() ? "" : kinds.get(0);
        YamlValue body = fields.get(kind);
        if (body == null) {
            note(item, "topology '" + TextLine.shown(name) + "' is of none of the kinds " + KINDS + "; not used");
            return null;
        }
        String reason = OTHERS.get(kind);
        if (reason != null) {
            note(
                    item,
                    "topology '" + TextLine.shown(name) + "' is of the kind " + kind + ", which " + reason
                            + "; not used");
            return null;
        }
        return kind.equals("tree") ? tree(body, name) : blocks(body, name);
    }

    private SlurmTopology tree(YamlValue body, String name) {
        Map<String, YamlValue> fields = known(body, List.of("switches"));
        Map<String, SlurmTopology.Switch> switches = new LinkedHashMap<>();
        Map<String, YamlValue> children = new LinkedHashMap<>();
        for (YamlValue item : body.required(fields, "switches").items()) {
            Map<String, YamlValue> one = known(item, List.of("switch", "children", "nodes"));
            String at = plainName(item.required(one, "switch"));
            List<String> below = hostlist(one.get("children"));
            SlurmTopology.Switch read = new SlurmTopology.Switch(at, below, hostlist(one.get("nodes")), item.line());
            if (switches.put(at, read) != null) {
                throw item.complain("has the switch '" + TextLine.shown(at) + "' again, allowed: each switch once");
            }
            below.forEach(child -> children.put(child, one.getOrDefault("children", item)));
        }
        children.forEach((child, value) -> {
            if (!switches.containsKey(child)) {
                throw value.complain("names the switch '" + TextLine.shown(child)
                        + "', allowed: switches that have an entry of their own");
            }
        });
        if (switches.isEmpty()) {
            note(body, "topology '" + TextLine.shown(name) + "' has no switches");
        }
        return new SlurmTopology(name, List.copyOf(switches.values()), List.of(), List.of());
    }

    private SlurmTopology blocks(YamlValue body, String name) {
        Map<String, YamlValue> fields = known(body, List.of("block_sizes", "blocks"));
        Map<String, SlurmTopology.Block> blocks = new LinkedHashMap<>();
        for (YamlValue item : body.required(fields, "blocks").items()) {
            Map<String, YamlValue> one = known(item, List.of("block", "nodes"));
            String at = plainName(item.required(one, "block"));
            if (blocks.put(at, new SlurmTopology.Block(at, hostlist(one.get("nodes")), item.line())) != null) {
                throw item.complain("has the block '" + TextLine.shown(at) + "' again, allowed: each block once");
            }
        }
        if (blocks.isEmpty()) {
            note(body, "topology '" + TextLine.shown(name) + "' has no blocks");
        }
        List<Integer> sizes = new ArrayList<>();
        YamlValue given = fields.get("block_sizes");
        if (given != null) {
            given.items().forEach(size -> sizes.add(size.integer(1, SlurmTopologies.MAX_BLOCK_SIZE)));
            note(given, "block_sizes are sizes for which Slurm plans, not topology; not used");
        }
        return new SlurmTopology(name, List.of(), List.copyOf(blocks.values()), List.copyOf(sizes));
    }

    /** The fields of a mapping; those that are not known are remembered for a note. */
    private Map<String, YamlValue> known(YamlValue value, List<String> keys) {
        Map<String, YamlValue> fields = value.entries();
        fields.keySet().stream().filter(key -> !keys.contains(key)).forEach(unknown::add);
        return fields;
    }

    private static String plainName(YamlValue value) {
        String name = value.written();
        if (!NamePattern.isPlain(name)) {
            throw value.wrong("a name without braces");
        }
        return name;
    }

    /** One hostlist, a list of them, or nothing: nodes may join a switch or block while Slurm runs. */
    private List<String> hostlist(@Nullable YamlValue value) {
        if (value == null || value.isNothing()) {
            return List.of();
        }
        Set<String> all = new LinkedHashSet<>();
        for (YamlValue item : value.isSequence() ? value.items() : List.of(value)) {
            String text = plainName(item);
            try {
                for (String name : names.counted(Hostlist.expand(text))) {
                    if (!all.add(name)) {
                        throw item.wrong("each name once; '" + TextLine.shown(name) + "' is there twice");
                    }
                }
            } catch (IllegalArgumentException e) {
                throw item.wrong(String.valueOf(e.getMessage()), e);
            }
        }
        return List.copyOf(all);
    }

    private void note(YamlValue value, String text) {
        notes.add(new ImportNote(source, value.line(), text));
    }
}
