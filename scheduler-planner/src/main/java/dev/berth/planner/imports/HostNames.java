package dev.berth.planner.imports;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which node a name in some source means. {@code node7.example.net} and {@code node7} are one node where that is unambiguous. Names that
 * are new become nodes where the caller wants it so. Not thread-safe.
 */
final class HostNames {
    /**
     * What channel adapters call themselves before rdma-ndd or a script has given them the host's name: the vendor's name of the chip.
     */
    private static final Pattern VENDOR =
            Pattern.compile("MT[0-9]{4,6}|Mellanox|NVIDIA|ConnectX.*|Quantum.*|localhost(?:\\..*)?");

    private static final Pattern DEVICE = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*[0-9][A-Za-z0-9_.-]*");
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private final Set<String> nodes;
    /** New names that match become nodes; null when none does. */
    private final @Nullable Pattern open;
    /** Nodes by what stands before the first dot; empty text where two nodes share it. */
    private final Map<String, String> shortNames = new HashMap<>();

    /**
     * Starts with the nodes of a cluster.
     *
     * @param open new names that match as a whole become nodes; null when none does
     */
    HostNames(Collection<String> nodes, @Nullable Pattern open) {
        this.nodes = new LinkedHashSet<>();
        this.open = open;
        nodes.forEach(this::add);
    }

    private void add(String node) {
        nodes.add(node);
        shortNames.merge(shortName(node), node, (one, other) -> "");
    }

    /** All nodes, those that were there at the start first. */
    Set<String> nodes() {
        return Collections.unmodifiableSet(nodes);
    }

    /** The node that a name means, or null. */
    @Nullable
    String node(String name) {
        if (nodes.contains(name)) {
            return name;
        }
        String known = shortNames.getOrDefault(shortName(name), "");
        boolean oneIsShort = name.indexOf('.') < 0 || known.indexOf('.') < 0;
        if (!known.isEmpty() && oneIsShort) {
            return known;
        }
        if (open != null && open.matcher(name).matches() && isUsable(name)) {
            add(name);
            return name;
        }
        return null;
    }

    /** Whether our cluster file can hold the name. */
    static boolean isUsable(String name) {
        return !name.isBlank() && name.indexOf('{') < 0 && name.indexOf('}') < 0;
    }

    private static String shortName(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }

    /**
     * Host and device of a channel adapter.
     *
     * @param host the host's name as the adapter has it
     * @param device such as {@code mlx5_0} or {@code HCA-1}; empty when it is not said
     */
    record Adapter(String host, String device) {}

    /**
     * What the description of a channel adapter says, in the form "host device" that rdma-ndd(8) and set_nodedesc.sh of rdma-core
     * write; null when it names no host.
     */
    static @Nullable Adapter adapter(String description) {
        String[] words = BLANKS.split(description.strip(), -1);
        if (words[0].isEmpty() || VENDOR.matcher(words[0]).matches()) {
            return null;
        }
        boolean device = words.length == 2 && DEVICE.matcher(words[1]).matches();
        if (words.length == 1 || device) {
            return new Adapter(words[0], device ? words[1] : "");
        }
        return null;
    }
}
