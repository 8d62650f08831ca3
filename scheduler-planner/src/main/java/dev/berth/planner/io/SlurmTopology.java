package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Slurm's {@code topology.conf}, in the forms of the plugins topology/tree and topology/block, as people and Topograph write it and
 * as {@code scontrol show topology} prints a tree (slurm.schedmd.com/topology.conf.html). Immutable.
 *
 * @param switches the switches of a tree, in the order of the file; empty for blocks
 * @param blocks the blocks, in the order of the file; empty for a tree
 * @param blockSizes numbers of nodes for which Slurm plans; empty when the file names none
 * @param notes what was ignored
 */
public record SlurmTopology(
        List<Switch> switches, List<Block> blocks, List<Integer> blockSizes, List<ImportNote> notes) {

    /**
     * A switch.
     *
     * @param name unique in the file
     * @param switches the switches below it
     * @param nodes the nodes that the line names
     * @param line where it stands
     */
    public record Switch(String name, List<String> switches, List<String> nodes, int line) {}

    /**
     * A block of nodes.
     *
     * @param name unique in the file
     * @param nodes the nodes of the block
     * @param line where it stands
     */
    public record Block(String name, List<String> nodes, int line) {}

    private static final List<String> KEYS =
            List.of("SwitchName", "Switches", "Nodes", "LinkSpeed", "Level", "BlockName", "BlockSizes");
    private static final Pattern BLANKS = Pattern.compile("[ \\t\\f\\u000B]+");
    private static final int MAX_BLOCK_SIZE = Hostlist.MAX_NAMES;

    /**
     * Reads a file.
     *
     * @throws BadInputException naming file, line, field, value and what is allowed
     */
    public static SlurmTopology read(Path file) {
        return parse(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads UTF-8 bytes.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static SlurmTopology parse(String source, byte[] bytes) {
        Reader reader = new Reader();
        for (TextLine line : joined(TextLine.of(source, InputText.utf8(source, bytes)))) {
            reader.read(line);
        }
        return reader.result(source);
    }

    /** Lines without comments; a backslash at the end of a line joins it with the next one. */
    private static List<TextLine> joined(List<TextLine> lines) {
        List<TextLine> joined = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        int start = 0;
        for (TextLine line : lines) {
            int comment = line.text().indexOf('#');
            String text = (comment < 0 ? line.text() : line.text().substring(0, comment)).stripTrailing();
            start = start == 0 ? line.number() : start;
            if (text.endsWith("\\")) {
                open.append(text, 0, text.length() - 1);
                continue;
            }
            joined.add(new TextLine(line.source(), start, open.append(text).toString()));
            open.setLength(0);
            start = 0;
        }
        if (start != 0) {
            joined.add(new TextLine(lines.get(0).source(), start, open.toString()));
        }
        return joined;
    }

    /** What was read so far. */
    private static final class Reader {
        private final Map<String, Switch> switches = new LinkedHashMap<>();
        private final Map<String, Block> blocks = new LinkedHashMap<>();
        private final List<Integer> blockSizes = new ArrayList<>();
        private final List<ImportNote> notes = new ArrayList<>();
        private boolean speeds;

        void read(TextLine line) {
            Map<String, String> fields = fields(line);
            if (fields.isEmpty()) {
                return;
            }
            String first = fields.keySet().iterator().next();
            switch (first) {
                case "SwitchName" -> readSwitch(line, fields);
                case "BlockName" -> readBlock(line, fields);
                case "BlockSizes" -> readBlockSizes(line, fields);
                default -> throw line.bad("the first key of the line", first, "SwitchName, BlockName, BlockSizes");
            }
            if (!switches.isEmpty() && !(blocks.isEmpty() && blockSizes.isEmpty())) {
                throw line.bad("the first key of the line", first, "either switches or blocks in one file, not both");
            }
        }

        private static Map<String, String> fields(TextLine line) {
            Map<String, String> fields = new LinkedHashMap<>();
            for (String token : BLANKS.split(line.text().strip(), -1)) {
                if (token.isEmpty()) {
                    continue;
                }
                int equals = token.indexOf('=');
                String key = equals < 0 ? token : token.substring(0, equals);
                String known = KEYS.stream()
                        .filter(one -> one.equalsIgnoreCase(key))
                        .findFirst()
                        .orElseThrow(() -> line.bad("a key", key, String.join(", ", KEYS)));
                if (equals < 0 || equals == token.length() - 1) {
                    throw line.bad(known, "", known + "=VALUE, without blanks");
                }
                if (fields.put(known, token.substring(equals + 1)) != null) {
                    throw line.bad("the key", known, "each key once on a line");
                }
            }
            return fields;
        }

        private void readSwitch(TextLine line, Map<String, String> fields) {
            only(line, fields, List.of("SwitchName", "Switches", "Nodes", "LinkSpeed", "Level"));
            speeds |= fields.containsKey("LinkSpeed");
            if (!fields.containsKey("Switches") && !fields.containsKey("Nodes")) {
                throw line.bad("SwitchName", fields.getOrDefault("SwitchName", ""), "a name with Switches= or Nodes=");
            }
            List<String> below = names(line, fields, "Switches");
            List<String> nodes = names(line, fields, "Nodes");
            String name = plainName(line, fields, "SwitchName");
            if (switches.put(name, new Switch(name, below, nodes, line.number())) != null) {
                throw line.bad("SwitchName", name, "each switch once");
            }
        }

        private void readBlock(TextLine line, Map<String, String> fields) {
            only(line, fields, List.of("BlockName", "Nodes"));
            String name = plainName(line, fields, "BlockName");
            if (!fields.containsKey("Nodes")) {
                throw line.bad("BlockName", name, "a name with Nodes=");
            }
            if (blocks.put(name, new Block(name, names(line, fields, "Nodes"), line.number())) != null) {
                throw line.bad("BlockName", name, "each block once");
            }
        }

        private void readBlockSizes(TextLine line, Map<String, String> fields) {
            only(line, fields, List.of("BlockSizes"));
            if (!blockSizes.isEmpty()) {
                throw line.bad("the key", "BlockSizes", "once in a file");
            }
            for (String size : fields.getOrDefault("BlockSizes", "").split(",", -1)) {
                if (!size.matches("[1-9][0-9]{0,6}") || Integer.parseInt(size) > MAX_BLOCK_SIZE) {
                    throw line.bad("BlockSizes", size, "whole numbers from 1 to " + MAX_BLOCK_SIZE);
                }
                blockSizes.add(Integer.parseInt(size));
            }
            notes.add(line.note("BlockSizes are sizes for which Slurm plans, not topology; not used"));
        }

        private static void only(TextLine line, Map<String, String> fields, List<String> allowed) {
            for (String key : fields.keySet()) {
                if (!allowed.contains(key)) {
                    throw line.bad("a key", key, String.join(", ", allowed));
                }
            }
        }

        private static String plainName(TextLine line, Map<String, String> fields, String key) {
            String name = fields.getOrDefault(key, "");
            if (name.isBlank() || !NamePattern.isPlain(name)) {
                throw line.bad(key, name, "a name, not blank, without braces");
            }
            return name;
        }

        private static List<String> names(TextLine line, Map<String, String> fields, String key) {
            String text = fields.get(key);
            // `scontrol show topology` prints (null) where a switch has none.
            if (text == null || text.toLowerCase(Locale.ROOT).equals("(null)")) {
                return List.of();
            }
            if (!NamePattern.isPlain(text)) {
                throw line.bad(key, text, "names without braces");
            }
            try {
                return Hostlist.expand(text);
            } catch (IllegalArgumentException e) {
                throw line.bad(key, text, String.valueOf(e.getMessage()), e);
            }
        }

        SlurmTopology result(String source) {
            if (switches.isEmpty() && blocks.isEmpty()) {
                throw new BadInputException(
                        source + ":1: names no switch and no block, allowed: lines with SwitchName= or BlockName=");
            }
            if (speeds) {
                notes.add(new ImportNote(source, 0, "LinkSpeed has no unit in Slurm; not used"));
            }
            for (Switch one : switches.values()) {
                for (String child : one.switches()) {
                    if (!switches.containsKey(child)) {
                        throw new TextLine(source, one.line(), "")
                                .bad("Switches", child, "switches that have a line of their own");
                    }
                }
            }
            return new SlurmTopology(
                    List.copyOf(switches.values()),
                    List.copyOf(blocks.values()),
                    List.copyOf(blockSizes),
                    List.copyOf(notes));
        }
    }
}
