package dev.berth.k8s.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/**
 * Whose error an answer is: Berth's ({@code {"error": ...}}), or the API server's (a Status object) that stands between.
 *
 * @param kind whose
 * @param message what it says, on one line
 */
record ErrorBody(Kind kind, String message) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SHOWN = 200;

    /** Whose error it is. */
    enum Kind {
        BERTH,
        KUBERNETES,
        OTHER
    }

    static ErrorBody of(String body) {
        @Nullable JsonNode json = null;
        try {
            json = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            // Then it is not one of the two; its text is told.
        }
        if (json != null && json.path("error").isTextual()) {
            return new ErrorBody(Kind.BERTH, Texts.line(json.path("error").asText(), SHOWN));
        }
        if (json != null && json.path("kind").asText().equals("Status")) {
            return new ErrorBody(
                    Kind.KUBERNETES, Texts.line(json.path("message").asText(), SHOWN));
        }
        return new ErrorBody(Kind.OTHER, Texts.line(body, SHOWN));
    }
}
