package dev.berth.k8s.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * What the API server says of a request that it refused (meta/v1 Status).
 *
 * @param code HTTP status
 * @param reason one word, such as {@code Conflict}; empty when not said
 * @param message what to show people; the body itself when it is no Status
 */
record Status(int code, String reason, String message) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MOST_BYTES = 16 * 1024;
    private static final int MOST_SHOWN = 300;

    /** Reads an answer's body to its end. */
    static Status of(HttpAnswer answer) throws IOException {
        String text = HttpConnection.text(answer, MOST_BYTES);
        answer.skipBody();
        return of(answer.status(), text);
    }

    /** Of a body. */
    static Status of(int code, String text) {
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                return read(code, json);
            }
        } catch (IOException e) {
            // a proxy's page, or a Status longer than what is read of it: the text itself is shown
        }
        String line = text.strip();
        return new Status(code, "", line.length() > MOST_SHOWN ? line.substring(0, MOST_SHOWN) + "..." : line);
    }

    /** Reads a Status whose opening brace is the current token. */
    static Status read(int httpCode, JsonParser json) throws IOException {
        int code = httpCode;
        String reason = "";
        String message = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("message") && value == JsonToken.VALUE_STRING) {
                message = json.getText();
            } else if (field.equals("reason") && value == JsonToken.VALUE_STRING) {
                reason = json.getText();
            } else if (field.equals("code") && value == JsonToken.VALUE_NUMBER_INT) {
                code = json.getIntValue();
            } else {
                json.skipChildren();
            }
        }
        return new Status(code, reason, message);
    }

    @Override
    public String toString() {
        return code + (reason.isEmpty() ? "" : " " + reason) + (message.isEmpty() ? "" : ": " + message);
    }
}
