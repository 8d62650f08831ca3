package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads {@code topology.conf} in the forms of the plugins topology/tree and topology/block, as people and Topograph write it and as
 * {@code scontrol show topology} prints a tree (slurm.schedmd.com/topology.conf.html). Not thread-safe; for one file.
 */
final class TopologyConfReader {
    private static final List<String> KEYS =
            List.of("SwitchName", "Switches", "Nodes", "LinkSpeed", "Level", "BlockName", "BlockSizes");
    private static final Pattern BLANKS = Pattern.compile("[ \\t\\f\\u000B]+");

    private final Map<String, SlurmTopology.Switch> switches = new LinkedHashMap<>();
    private final Map<String, SlurmTopology.Block> blocks = new LinkedHashMap<>();
    private final List<Integer> blockSizes = new ArrayList<>();
    private final List<ImportNote> notes = new ArrayList<>();
    private final SlurmTopologies.NameCount names = new SlurmTopologies.NameCount();
    private boolean speeds;

    /** The one topology of a text. */
    static SlurmTopologies read(String source, String text) {
        TopologyConfReader reader = new TopologyConfReader();
        for (TextLine line : joined(TextLine.of(source, text))) {
            reader.read(line);
        }
        return reader.result(source);
    }

    private void read(TextLine line) {
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
        if (switches.put(name, new SlurmTopology.Switch(name, below, nodes, line.number())) != null) {
            throw line.bad("SwitchName", name, "each switch once");
        }
    }

    private void readBlock(TextLine line, Map<String, String> fields) {
        only(line, fields, List.of("BlockName", "Nodes"));
        String name = plainName(line, fields, "BlockName");
        if (!fields.containsKey("Nodes")) {
            throw line.bad("BlockName", name, "a name with Nodes=");
        }
        if (blocks.put(name, new SlurmTopology.Block(name, names(line, fields, "Nodes"), line.number())) != null) {
            throw line.bad("BlockName", name, "each block once");
        }
    }

    private void readBlockSizes(TextLine line, Map<String, String> fields) {
        only(line, fields, List.of("BlockSizes"));
        if (!blockSizes.isEmpty()) {
            throw line.bad("the key", "BlockSizes", "once in a file");
        }
        for (String size : fields.getOrDefault("BlockSizes", "").split(",", -1)) {
            if (!size.matches("[1-9][0-9]{0,6}") || Integer.parseInt(size) > SlurmTopologies.MAX_BLOCK_SIZE) {
                throw line.bad("BlockSizes", size, "whole numbers from 1 to " + SlurmTopologies.MAX_BLOCK_SIZE);
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

    private List<String> names(TextLine line, Map<String, String> fields, String key) {
        String text = fields.get(key);
        // `scontrol show topology` prints (null) where a switch has none.
        if (text == null || text.toLowerCase(Locale.ROOT).equals("(null)")) {
            return List.of();
        }
        if (!NamePattern.isPlain(text)) {
            throw line.bad(key, text, "names without braces");
        }
        try {
            return names.counted(Hostlist.expand(text));
        } catch (IllegalArgumentException e) {
            throw line.bad(key, text, String.valueOf(e.getMessage()), e);
        }
    }

    private SlurmTopologies result(String source) {
        if (switches.isEmpty() && blocks.isEmpty()) {
            throw new BadInputException(
                    source + ":1: names no switch and no block, allowed: lines with SwitchName= or BlockName=");
        }
        if (speeds) {
            notes.add(new ImportNote(source, 0, "LinkSpeed has no unit in Slurm; not used"));
        }
        for (SlurmTopology.Switch one : switches.values()) {
            for (String child : one.switches()) {
                if (!switches.containsKey(child)) {
                    throw new TextLine(source, one.line(), "")
                            .bad("Switches", child, "switches that have a line of their own");
                }
            }
        }
        SlurmTopology topology = new SlurmTopology(
                "", List.copyOf(switches.values()), List.copyOf(blocks.values()), List.copyOf(blockSizes));
        return new SlurmTopologies(List.of(topology), List.copyOf(notes));
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
}
