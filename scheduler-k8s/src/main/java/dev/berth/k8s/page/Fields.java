package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object, each of the kind that is asked for.
 *
 * @param path where the object stands, ending in a dot unless it is the whole
 * @param node the object
 */
record Fields(String path, JsonNode node) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SHOWN = 60;

    /** The object that a text holds. */
    static Fields of(String text) {
        @Nullable JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new JsonFormException("'" + shortened(text) + "' is not JSON: " + e.getOriginalMessage());
        }
        if (root == null || !root.isObject()) {
            throw new JsonFormException("'" + shortened(text) + "' is not a JSON object");
        }
        return new Fields("", root);
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }

    private JsonFormException wrong(String field, String allowed) {
        @Nullable JsonNode value = node.get(field);
        return new JsonFormException("field '" + path + field + "' is "
                + (value == null ? "missing" : shortened(value.toString())) + ", allowed: " + allowed);
    }

    String text(String field) {
        @Nullable JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw wrong(field, "a text");
        }
        return value.textValue();
    }

    /** The text, or null when the field is null or missing. */
    @Nullable
    String textOrNull(String field) {
        return node.hasNonNull(field) ? text(field) : null;
    }

    boolean flag(String field) {
        @Nullable JsonNode value = node.get(field);
        if (value == null || !value.isBoolean()) {
            throw wrong(field, "true or false");
        }
        return value.booleanValue();
    }

    long number(String field) {
        @Nullable JsonNode value = node.get(field);
        if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(field, "a whole number of 64 bits");
        }
        return value.longValue();
    }

    int count(String field) {
        @Nullable JsonNode value = node.get(field);
        if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(field, "a whole number of 32 bits");
        }
        return value.intValue();
    }

    ArrayNode array(String field) {
        if (node.get(field) instanceof ArrayNode array) {
            return array;
        }
        throw wrong(field, "a list");
    }

    Fields object(String field) {
        @Nullable JsonNode value = node.get(field);
        if (value == null || !value.isObject()) {
            throw wrong(field, "an object");
        }
        return new Fields(path + field + ".", value);
    }

    /** An element of a list of objects. */
    Fields element(String field, int index, JsonNode element) {
        if (!element.isObject()) {
            throw new JsonFormException("field '" + path + field + "[" + index + "]' is "
                    + shortened(element.toString()) + ", allowed: an object");
        }
        return new Fields(path + field + "[" + index + "].", element);
    }

    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array(field)) {
            if (!element.isTextual()) {
                throw wrong(field, "a list of texts");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    List<Integer> counts(String field) {
        List<Integer> counts = new ArrayList<>();
        for (JsonNode element : array(field)) {
            if (!element.isIntegralNumber() || !element.canConvertToInt()) {
                throw wrong(field, "a list of whole numbers of 32 bits");
            }
            counts.add(element.intValue());
        }
        return counts;
    }
}
