package dev.berth.planner.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes trees of text and numbers as YAML 1.1 as people write it: what fits on a line is on one line, and text has quotes only where
 * YAML would take it for something else.
 */
final class YamlText {
    /** Longest line that a mapping or list is put on as a whole. */
    private static final int LINE = 110;

    /** Longest key that can stand without a question mark before it is 1024 characters (YAML 1.1, 9.3.2). */
    private static final int LONG_KEY = 1000;

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");
    private static final Set<String> TRUTHS = Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

    private final StringBuilder out = new StringBuilder();

    private YamlText() {}

    /** The tree, whose root is a mapping. */
    static String of(ObjectNode root) {
        YamlText text = new YamlText();
        text.entries(root, "", "");
        return text.out.toString();
    }

    /** Entries of a mapping that is not on one line; the first stands where the line has come to already. */
    private void entries(JsonNode mapping, String first, String indent) {
        String before = first;
        for (Map.Entry<String, JsonNode> entry : mapping.properties()) {
            String key = key(entry.getKey());
            JsonNode value = entry.getValue();
            out.append(before).append(key).append(':');
            String flow = flow(value);
            boolean isWhole = !value.isContainerNode() || value.isEmpty();
            // A list of mappings reads best with one of them on a line.
            boolean fits = indent.length() + key.length() + flow.length() + 2 <= LINE
                    && !(value.isArray() && value.size() > 0 && value.get(0).isObject());
            if (isWhole || fits) {
                out.append(' ').append(flow).append('\n');
            } else if (value.isArray()) {
                out.append('\n');
                items(value, indent + "  ");
            } else {
                out.append('\n');
                entries(value, indent + "  ", indent + "  ");
            }
            before = indent;
        }
    }

    private void items(JsonNode list, String indent) {
        for (JsonNode item : list) {
            String flow = flow(item);
            out.append(indent).append("- ");
            if (item.isObject() && !item.isEmpty() && indent.length() + 2 + flow.length() > LINE) {
                entries(item, "", indent + "  ");
            } else {
                out.append(flow).append('\n');
            }
        }
    }

    private static String flow(JsonNode value) {
        if (value.isObject()) {
            List<String> entries = new ArrayList<>();
            value.properties().forEach(entry -> entries.add(key(entry.getKey()) + ": " + flow(entry.getValue())));
            return "{" + String.join(", ", entries) + "}";
        }
        if (value.isArray()) {
            List<String> items = new ArrayList<>();
            value.forEach(item -> items.add(flow(item)));
            return "[" + String.join(", ", items) + "]";
        }
        if (value.isTextual()) {
            return scalar(value.textValue());
        }
        return value.isBigDecimal() || value.isDouble()
                ? BigDecimal.valueOf(value.doubleValue()).toPlainString()
                : value.asText();
    }

    private static String key(String key) {
        String scalar = scalar(key);
        return scalar.length() > LONG_KEY ? "? " + scalar + " " : scalar;
    }

    private static String scalar(String text) {
        if (PLAIN.matcher(text).matches() && !TRUTHS.contains(text.toLowerCase(Locale.ROOT))) {
            return text;
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c >= 0x7F && c <= 0xA0 || c >= 0x2028 && c <= 0x2029 || c == 0xFEFF || c >= 0xFFFE) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
