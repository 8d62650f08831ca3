package dev.berth.planner.io;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * JSON, which is YAML too, that follows a JSON schema but for a few places: what a search makes of bytes would hardly ever get beyond
 * the parser, and so not to what a reader checks.
 */
public final class GeneratedFile {
    /** In a file that is not sound, one place in so many is not as the schema has it. */
    private static final int SOUND = 40;

    private static final int MAX_DEPTH = 12;
    private static final String REFERENCE = "@";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> NAMES = List.of("a", "b", "n", "c{1..4}", "d{08..11}x");
    private static final List<String> HOSTILE = List.of(
            "",
            " ",
            "{",
            "a{1..2}{3..4}",
            "a{2..1}",
            "n[",
            "n[2-1]",
            "n[1-9]x[1-9]",
            "\u0000",
            "\n",
            "\uD800",
            "\u2028",
            "true",
            "1");

    private final JsonNode root;
    private final Set<String> names;
    private final Map<String, List<String>> words;
    private final FuzzedDataProvider data;
    /** Names given so far, by the list in which they stand, so that others can refer to them. */
    private final Map<String, List<String>> given = new HashMap<>();
    /** Half of the files are as their schema has them: what is wrong in one place hides all that comes after. */
    private final boolean sound;

    private GeneratedFile(JsonNode root, Set<String> names, Map<String, List<String>> words, FuzzedDataProvider data) {
        this.root = root;
        this.names = names;
        this.words = words;
        this.data = data;
        sound = data.consumeBoolean();
    }

    private boolean odd() {
        return !sound && data.consumeInt(0, SOUND) == SOUND;
    }

    /**
     * A file.
     *
     * @param schema its form; of the language of JSON schemas, what the schemas in docs/schema use
     * @param names keys whose texts name something, mostly something new
     * @param words texts that make sense, by the key of the field; {@code @racks} is a name that stands in the list {@code racks}
     * @param data what decides
     */
    public static String of(
            JsonNode schema, Set<String> names, Map<String, List<String>> words, FuzzedDataProvider data) {
        return new GeneratedFile(schema, names, words, data)
                .value(schema, "", "", 0)
                .toString();
    }

    private JsonNode value(JsonNode plain, String key, String list, int depth) {
        if (odd() || depth > MAX_DEPTH) {
            return oddity();
        }
        JsonNode schema = resolved(plain);
        if (schema.has("enum")) {
            return schema.get("enum").get(data.consumeInt(0, schema.get("enum").size() - 1));
        }
        for (String choice : new String[] {"oneOf", "anyOf"}) {
            if (schema.has(choice) && !schema.has("properties")) {
                JsonNode alternatives = schema.get(choice);
                return value(alternatives.get(data.consumeInt(0, alternatives.size() - 1)), key, list, depth + 1);
            }
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(schema, key, depth);
            case "array" -> array(schema, key, depth);
            case "integer" -> NODES.numberNode(integer(schema));
            case "number" -> NODES.numberNode(decimal(schema));
            case "boolean" -> NODES.booleanNode(data.consumeBoolean());
            default -> NODES.textNode(word(key, list));
        };
    }

    private JsonNode resolved(JsonNode schema) {
        JsonNode at = schema;
        while (at.has("$ref")) {
            at = root.at(at.get("$ref").asText().substring(1));
        }
        return at;
    }

    private ObjectNode object(JsonNode schema, String list, int depth) {
        ObjectNode object = NODES.objectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(one -> required.add(one.asText()));
        schema.path("properties").properties().forEach(property -> {
            if (required.contains(property.getKey()) ? !odd() : data.consumeBoolean()) {
                object.set(property.getKey(), value(property.getValue(), property.getKey(), list, depth + 1));
            }
        });
        if (schema.path("additionalProperties").isObject()) {
            for (int i = data.consumeInt(0, 2); i > 0; i--) {
                object.set(word("key", ""), value(schema.get("additionalProperties"), "", list, depth + 1));
            }
        }
        return object;
    }

    private ArrayNode array(JsonNode schema, String key, int depth) {
        ArrayNode array = NODES.arrayNode();
        for (int i = data.consumeInt(0, 5); i > 0; i--) {
            array.add(value(schema.path("items"), key, key, depth + 1));
        }
        return array;
    }

    private long integer(JsonNode schema) {
        long least = schema.path("minimum").asLong(0);
        long most = schema.path("maximum").asLong(Integer.MAX_VALUE);
        if (odd()) {
            return data.consumeBoolean() ? least - 1 : most + 1;
        }
        return switch (data.consumeInt(0, 9)) {
            case 0 -> least;
            case 1 -> most;
            default -> data.consumeLong(least, Math.min(most, least + 16));
        };
    }

    private BigDecimal decimal(JsonNode schema) {
        BigDecimal whole = BigDecimal.valueOf(integer(schema));
        return odd() || data.consumeBoolean() ? whole.movePointLeft(data.consumeInt(0, 3)) : whole;
    }

    private String word(String key, String list) {
        if (odd()) {
            return data.consumeBoolean() ? data.pickValue(HOSTILE) : data.consumeString(12);
        }
        List<String> sensible = words.getOrDefault(key, NAMES);
        if (names.contains(key)) {
            List<String> others = given.computeIfAbsent(list, unused -> new ArrayList<>());
            String name = data.pickValue(sensible);
            others.add(odd() ? name : others.size() + name);
            return others.get(others.size() - 1);
        }
        if (sensible.get(0).startsWith(REFERENCE)) {
            List<String> others = given.getOrDefault(sensible.get(0).substring(1), NAMES);
            return data.pickValue(others);
        }
        return data.pickValue(sensible);
    }

    private JsonNode oddity() {
        return switch (data.consumeInt(0, 6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.numberNode(data.consumeLong());
            case 2 -> NODES.numberNode(new BigDecimal("1e400"));
            case 3 -> NODES.booleanNode(data.consumeBoolean());
            case 4 -> NODES.arrayNode().add("a");
            case 5 -> NODES.objectNode().put("a", "a");
            default -> NODES.textNode(data.pickValue(HOSTILE));
        };
    }
}
