package dev.berth.k8s.pods;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads annotations that hold JSON: a list of objects, of which only texts and numbers are looked at. */
final class AnnotationJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private AnnotationJson() {}

    /**
     * One object.
     *
     * @param texts its fields that are texts or numbers
     */
    record Entry(Map<String, String> texts) {}

    /**
     * The objects of a list. What cannot be read is a problem.
     *
     * @param form what is allowed, for messages
     */
    static List<Entry> entries(Words words, String field, String json, String form) {
        List<Entry> entries = new ArrayList<>();
        try (JsonParser p = FACTORY.createParser(json)) {
            if (p.nextToken() == JsonToken.START_ARRAY && list(p, entries) && p.nextToken() == null) {
                return entries;
            }
            words.problems().add(field, json, form + " in JSON");
        } catch (IOException e) {
            words.problems().add(field, json, form + " in JSON");
        }
        return List.of();
    }

    private static boolean list(JsonParser p, List<Entry> entries) throws IOException {
        while (p.nextToken() != JsonToken.END_ARRAY) {
            if (p.currentToken() != JsonToken.START_OBJECT) {
                return false;
            }
            Map<String, String> texts = new HashMap<>();
            String name;
            while ((name = p.nextFieldName()) != null) {
                JsonToken token = p.nextToken();
                if (token == JsonToken.VALUE_STRING || token.isNumeric()) {
                    texts.put(name, p.getText());
                } else {
                    p.skipChildren();
                }
            }
            entries.add(new Entry(texts));
        }
        return true;
    }
}
