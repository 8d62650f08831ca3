package dev.berth.planner.io;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * JSON, which is YAML too, that follows a JSON schema but for a few places: what a search makes of bytes would hardly ever get beyond
 * the parser, and so not to what a reader checks.
 */
public final class GeneratedFile {
    /** One place in so many is not as the schema has it. */
    private static final int SOUND = 60;

    private static final int MAX_DEPTH = 12;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> NAMES =
            List.of("a", "b", "c", "n1", "n2", "a{1..4}", "b{08..11}", "n[1-3]", "x.y");
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
    private final Map<String, List<String>> words;
    private final FuzzedDataProvider data;

    private GeneratedFile(JsonNode root, Map<String, List<String>> words, FuzzedDataProvider data) {
        this.root = root;
        this.words = words;
        this.data = data;
    }

    /**
     * A file.
     *
     * @param schema its form; of the language of JSON schemas, what the schemas in docs/schema use
     * @param words texts that make sense, by the key of the field
     * @param data what decides
     */
    public static String of(JsonNode schema, Map<String, List<String>> words, FuzzedDataProvider data) {
        return new GeneratedFile(schema, words, data).value(schema, "", 0).toString();
    }

    private JsonNode value(JsonNode plain, String key, int depth) {
        if (data.consumeInt(0, SOUND) == SOUND || depth > MAX_DEPTH) {
            return odd();
        }
        JsonNode schema = resolved(plain);
        if (schema.has("enum")) {
            return schema.get("enum").get(data.consumeInt(0, schema.get("enum").size() - 1));
        }
        for (String choice : new String[] {"oneOf", "anyOf"}) {
            if (schema.has(choice) && !schema.has("properties")) {
                JsonNode alternatives = schema.get(choice);
                return value(alternatives.get(data.consumeInt(0, alternatives.size() - 1)), key, depth + 1);
            }
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, key, depth);
            case "integer" -> NODES.numberNode(integer(schema));
            case "number" ->
                NODES.numberNode(BigDecimal.valueOf(integer(schema)).movePointLeft(data.consumeInt(0, 3)));
            case "boolean" -> NODES.booleanNode(data.consumeBoolean());
            default -> NODES.textNode(word(key));
        };
    }

    private JsonNode resolved(JsonNode schema) {
        JsonNode at = schema;
        while (at.has("$ref")) {
            at = root.at(at.get("$ref").asText().substring(1));
        }
        return at;
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = NODES.objectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(one -> required.add(one.asText()));
        schema.path("properties").properties().forEach(property -> {
            int odds = required.contains(property.getKey()) ? SOUND : 2;
            if (data.consumeInt(0, odds) > (odds == 2 ? 1 : 0)) {
                object.set(property.getKey(), value(property.getValue(), property.getKey(), depth + 1));
            }
        });
        if (schema.path("additionalProperties").isObject()) {
            for (int i = data.consumeInt(0, 2); i > 0; i--) {
                object.set(word("key"), value(schema.get("additionalProperties"), "", depth + 1));
            }
        }
        return object;
    }

    private ArrayNode array(JsonNode schema, String key, int depth) {
        ArrayNode array = NODES.arrayNode();
        for (int i = data.consumeInt(0, 5); i > 0; i--) {
            array.add(value(schema.path("items"), key, depth + 1));
        }
        return array;
    }

    private long integer(JsonNode schema) {
        long least = schema.path("minimum").asLong(0);
        long most = schema.path("maximum").asLong(Integer.MAX_VALUE);
        return switch (data.consumeInt(0, 9)) {
            case 0 -> least;
            case 1 -> most;
            case 2 -> least - 1;
            case 3 -> most + 1;
            default -> data.consumeLong(least, Math.min(most, least + 16));
        };
    }

    private String word(String key) {
        if (data.consumeInt(0, SOUND) == SOUND) {
            return data.consumeBoolean() ? data.pickValue(HOSTILE) : data.consumeString(12);
        }
        return data.pickValue(words.getOrDefault(key, NAMES));
    }

    private JsonNode odd() {
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
