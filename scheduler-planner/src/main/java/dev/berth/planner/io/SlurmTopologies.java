package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.List;

/**
 * The topologies in one of Slurm's files: the one of a {@code topology.conf}, or those of a {@code topology.yaml}, which Slurm has
 * since 25.05 and prefers. Immutable.
 *
 * @param topologies trees and blocks, the one that is the cluster's default first, then in the order of the file; those of another
 *     kind are left out
 * @param notes what was ignored
 */
public record SlurmTopologies(List<SlurmTopology> topologies, List<ImportNote> notes) {
    static final int MAX_BLOCK_SIZE = Hostlist.MAX_NAMES;

    /**
     * Reads a file of either form, told by what it begins with.
     *
     * @throws BadInputException naming file, line, field, value and what is allowed
     */
    public static SlurmTopologies read(Path file) {
        return parse(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads UTF-8 bytes.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static SlurmTopologies parse(String source, byte[] bytes) {
        String text = InputText.utf8(source, bytes);
        return isYaml(text) ? TopologyYamlReader.read(source, text) : TopologyConfReader.read(source, text);
    }

    /** Whether the first line that says something begins a YAML list or document; lines of a topology.conf begin with a key. */
    private static boolean isYaml(String text) {
        return text.lines()
                .map(line -> line.startsWith("\uFEFF") ? line.substring(1).strip() : line.strip())
                .filter(line -> !line.isEmpty() && line.charAt(0) != '#')
                .findFirst()
                .map(line -> "-[{%&".indexOf(line.charAt(0)) >= 0)
                .orElse(false);
    }

    /** How many names a file has come to, so that a few lines cannot stand for more than fit in memory. Not thread-safe. */
    static final class NameCount {
        /** As many nodes as a cluster may have, each of them at four levels, as {@code scontrol show topology} repeats them. */
        static final int MAX = 4 * Hostlist.MAX_NAMES;

        private int names;

        /**
         * The list.
         *
         * @throws IllegalArgumentException saying what is allowed instead, if the file now has too many
         */
        List<String> counted(List<String> list) {
            if (list.size() > MAX - names) {
                throw new IllegalArgumentException("at most " + MAX + " names in a file");
            }
            names += list.size();
            return list;
        }
    }
}
