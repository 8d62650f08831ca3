package dev.berth.k8s.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.berth.planner.BadInputException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One object of the settings file, which says of each value that cannot be used where it stands, what it is and what is allowed; and of names that nobody
 * asked for. Not thread-safe.
 */
final class SettingsNode {
    private final String file;
    private final String path;
    private final JsonNode node;
    private final Set<String> asked = new HashSet<>();
    private final List<SettingsNode> children = new ArrayList<>();

    SettingsNode(String file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
        if (!node.isObject()) {
            throw new BadInputException(file + ": " + (path.isEmpty() ? "the file" : path) + " is " + shown(node)
                    + ", allowed: names with values");
        }
    }

    /** The object of a name, or null. */
    @Nullable
    SettingsNode child(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        SettingsNode child = new SettingsNode(file, at(name), value);
        children.add(child);
        return child;
    }

    /** The object of a name, an empty one when there is none. */
    SettingsNode part(String name) {
        SettingsNode child = child(name);
        return child != null ? child : new SettingsNode(file, at(name), JsonNodeFactory.instance.objectNode());
    }

    /** Says of names that were not asked for that they are unknown; here and below. */
    void end() {
        Set<String> unknown = new TreeSet<>();
        node.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(asked);
        if (!unknown.isEmpty()) {
            throw new BadInputException(
                    file + ": " + at(unknown.iterator().next()) + " is not known, allowed: " + new TreeSet<>(asked));
        }
        children.forEach(SettingsNode::end);
    }

    /** A text that must be there. */
    String text(String name) {
        if (!has(name)) {
            throw bad(name, MissingNode.getInstance(), "a text that is not empty");
        }
        return text(name, "");
    }

    String text(String name, String otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw bad(name, value, "a text that is not empty");
        }
        return value.textValue();
    }

    @Nullable
    String textOrNull(String name) {
        return has(name) ? text(name, "") : null;
    }

    boolean has(String name) {
        return value(name) != null;
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw bad(name, value, "true or false");
        }
        return value.booleanValue();
    }

    int number(String name, int otherwise, int least, int most) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || value.longValue() < least || value.longValue() > most) {
            throw bad(name, value, "whole numbers from " + least + " to " + most);
        }
        return value.intValue();
    }

    /** Seconds, with a fraction of them down to a millisecond. */
    Duration seconds(String name, Duration otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        BigDecimal most = BigDecimal.valueOf(86_400);
        if (!value.isNumber()
                || value.decimalValue().signum() <= 0
                || value.decimalValue().compareTo(most) > 0
                || value.decimalValue().stripTrailingZeros().scale() > 3) {
            throw bad(name, value, "seconds, more than 0 and at most 86400, in steps of 0.001");
        }
        return Duration.ofMillis(value.decimalValue().movePointRight(3).longValueExact());
    }

    /** One of some words. */
    <E extends Enum<E>> E word(String name, Class<E> words, E otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        List<String> allowed = new ArrayList<>();
        for (E word : words.getEnumConstants()) {
            String lower = word.name().toLowerCase(java.util.Locale.ROOT);
            if (value.isTextual() && value.textValue().equals(lower)) {
                return word;
            }
            allowed.add(lower);
        }
        throw bad(name, value, String.join(", ", allowed));
    }

    List<String> texts(String name, List<String> otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        List<String> out = new ArrayList<>();
        if (!value.isArray()) {
            throw bad(name, value, "a list of texts");
        }
        for (int i = 0; i < value.size(); i++) {
            JsonNode one = value.get(i);
            if (!one.isTextual() || one.textValue().isBlank()) {
                throw bad(name + "[" + i + "]", one, "a text that is not empty");
            }
            out.add(one.textValue());
        }
        return List.copyOf(out);
    }

    /** What is wrong with this object, in the words of what checks it. */
    BadInputException bad(String name, IllegalArgumentException why) {
        return new BadInputException(file + ": " + at(name) + ": " + why.getMessage(), why);
    }

    private BadInputException bad(String name, JsonNode value, String allowed) {
        return new BadInputException(file + ": " + at(name) + " is " + shown(value) + ", allowed: " + allowed);
    }

    private @Nullable JsonNode value(String name) {
        asked.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private String at(String name) {
        return path.isEmpty() ? name : name.isEmpty() ? path : path + "." + name;
    }

    private static String shown(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "empty";
        }
        String text = value.isTextual() ? "'" + value.textValue() + "'" : value.toString();
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }
}
