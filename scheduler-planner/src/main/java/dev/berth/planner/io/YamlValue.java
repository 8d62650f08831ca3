package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A value of a YAML document that knows its path and where it stands, so that every complaint names file, line, column,
 * field, value and what is allowed. Strict: nothing is converted, no key is ignored, none may be there twice.
 */
final class YamlValue {
    private static final int SHOWN_CHARACTERS = 60;
    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,17}");
    private static final Pattern DECIMAL = Pattern.compile("(0|[1-9][0-9]{0,9})(\\.[0-9]{1,400})?");
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_-]+");

    private final String source;
    private final String path;
    private final Node node;

    private YamlValue(String source, String path, Node node) {
        this.source = source;
        this.path = path;
        this.node = node;
    }

    /**
     * The one document of a YAML text.
     *
     * @param source what messages call the text: a file name
     * @throws BadInputException if the text is not YAML, empty, or holds more than one document
     */
    static YamlValue parse(String source, String text) {
        return new YamlValue(source, "", YamlDocument.root(source, text));
    }

    /** A document that something else has read. */
    static YamlValue of(String source, Node root) {
        return new YamlValue(source, "", root);
    }

    /** The fields of a mapping whose keys are all among {@code allowed}. */
    Map<String, YamlValue> fields(List<String> allowed) {
        Map<String, YamlValue> fields = entries();
        for (Map.Entry<String, YamlValue> field : fields.entrySet()) {
            if (!allowed.contains(field.getKey())) {
                throw new BadInputException(field.getValue().at() + "unknown key '" + shown(field.getKey()) + "'"
                        + (path.isEmpty() ? "" : " in " + path) + ", allowed: " + String.join(", ", allowed));
            }
        }
        return fields;
    }

    /** The entries of a mapping with free keys, in the order of the file. */
    Map<String, YamlValue> entries() {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong("a mapping of keys to values");
        }
        Map<String, YamlValue> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key) || !key.getTag().equals(Tag.STR)) {
                throw new YamlValue(source, path.isEmpty() ? "a key" : "a key of " + path, tuple.getKeyNode())
                        .wrong("text as key");
            }
            String name = key.getValue();
            String below = PLAIN_KEY.matcher(name).matches() ? name : "'" + shown(name) + "'";
            YamlValue value = new YamlValue(source, path.isEmpty() ? below : path + "." + below, tuple.getValueNode());
            if (entries.put(name, value) != null) {
                throw new BadInputException(at(source, key) + value.path + " is there twice, allowed: each key once");
            }
        }
        return entries;
    }

    /** The items of a sequence. */
    List<YamlValue> items() {
        if (!(node instanceof SequenceNode sequence)) {
            throw wrong("a list");
        }
        List<YamlValue> items = new ArrayList<>(sequence.getValue().size());
        for (Node item : sequence.getValue()) {
            items.add(new YamlValue(source, path + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** Whether the value is a sequence. */
    boolean isSequence() {
        return node instanceof SequenceNode;
    }

    /** Whether the value is empty: YAML's and JSON's null. */
    boolean isNothing() {
        return node.getTag().equals(Tag.NULL);
    }

    /** The line on which the value starts, from 1. */
    int line() {
        return node.getStartMark().getLine() + 1;
    }

    /** Whether the value is neither a mapping nor a list. */
    boolean isScalar() {
        return node instanceof ScalarNode;
    }

    /** A text that is not blank. */
    String text() {
        if (!(node instanceof ScalarNode scalar)) {
            throw wrong("text");
        }
        if (!scalar.getTag().equals(Tag.STR)) {
            throw wrong("text; put it in quotes if it is meant so");
        }
        if (scalar.getValue().isBlank()) {
            throw wrong("text that is not blank");
        }
        return scalar.getValue();
    }

    /** A text, blank or not. */
    String anyText() {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR)) {
            return scalar.getValue();
        }
        return text();
    }

    /** A text that is not blank, or what else a scalar says as it is written: other tools leave the quotes of a number away. */
    String written() {
        if (node instanceof ScalarNode scalar
                && !isNothing()
                && !scalar.getValue().isBlank()) {
            return scalar.getValue();
        }
        throw wrong("text that is not blank");
    }

    /** What a scalar says, of whatever type; nothing for a mapping or a list. */
    String scalar() {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    /** One of these texts. */
    String oneOf(List<String> allowed) {
        if (node instanceof ScalarNode scalar && allowed.contains(scalar.getValue())) {
            return scalar.getValue();
        }
        throw wrong(String.join(", ", allowed));
    }

    /** A whole number in decimal digits. */
    int integer(int least, int most) {
        return (int) number(least, most);
    }

    /** A whole number in decimal digits. */
    long number(long least, long most) {
        if (node instanceof ScalarNode scalar
                && scalar.getTag().equals(Tag.INT)
                && INTEGER.matcher(scalar.getValue()).matches()) {
            long value = Long.parseLong(scalar.getValue());
            if (value >= least && value <= most) {
                return value;
            }
        }
        throw wrong("a whole number from " + least + " to " + most);
    }

    /** A number in decimal digits, with or without a fraction. */
    double decimal(int least, int most) {
        if (node instanceof ScalarNode scalar
                && (scalar.getTag().equals(Tag.INT) || scalar.getTag().equals(Tag.FLOAT))
                && DECIMAL.matcher(scalar.getValue()).matches()) {
            double value = Double.parseDouble(scalar.getValue());
            if (value >= least && value <= most) {
                return value;
            }
        }
        throw wrong("a number from " + least + " to " + most);
    }

    /** {@code true} or {@code false}. */
    boolean truth() {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
            String text = scalar.getValue();
            if (text.equals("true") || text.equals("false")) {
                return text.equals("true");
            }
        }
        throw wrong("true, false");
    }

    /** A truth as YAML 1.1 has it, for files of other tools: {@code true}, {@code yes}, {@code on} and their opposites. */
    boolean anyTruth() {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
            return List.of("true", "yes", "on").contains(scalar.getValue().toLowerCase(Locale.ROOT));
        }
        throw wrong("true, false");
    }

    /** A name or a range of names. */
    NamePattern names() {
        String text = text();
        try {
            return NamePattern.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()), e);
        }
    }

    /** The field that must be there. */
    YamlValue required(Map<String, YamlValue> fields, String key) {
        YamlValue value = fields.get(key);
        if (value == null) {
            throw complain("has no " + key + ", which must be there");
        }
        return value;
    }

    /** A complaint that names this value and what is allowed in its place. */
    BadInputException wrong(String allowed) {
        return wrong(allowed, null);
    }

    /** As {@link #wrong(String)}, raised by {@code cause}. */
    BadInputException wrong(String allowed, @Nullable Throwable cause) {
        String what = (path.isEmpty() ? "the file" : path) + " is " + value() + ", allowed: " + allowed;
        return new BadInputException(at() + what, cause);
    }

    /** A complaint about this value. */
    BadInputException complain(String problem) {
        return complain(problem, null);
    }

    /** A complaint about this value, raised by {@code cause}. */
    BadInputException complain(String problem, @Nullable Throwable cause) {
        return new BadInputException(at() + (path.isEmpty() ? "the file" : path) + " " + problem, cause);
    }

    /** Where the value stands: {@code FILE:LINE:COLUMN: }. */
    String at() {
        return at(source, node);
    }

    private static String at(String source, Node node) {
        Mark mark = node.getStartMark();
        return source + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1) + ": ";
    }

    private String value() {
        if (node instanceof ScalarNode scalar) {
            if (scalar.getTag().equals(Tag.NULL)) {
                return "empty";
            }
            return scalar.getTag().equals(Tag.STR) ? "'" + shown(scalar.getValue()) + "'" : shown(scalar.getValue());
        }
        return node instanceof SequenceNode ? "a list" : "a mapping";
    }

    private static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(SHOWN_CHARACTERS)
                .forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
        return shown.length() < text.length() ? shown + "..." : shown.toString();
    }
}
