package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Steps of reading and writing JSON. */
final class JsonText {
    private static final int SHOWN_CHARS = 200;

    /**
     * Interning field names in the JVM would keep each key that a client invents for ever. Writing ASCII alone makes half of a surrogate pair, which a
     * client can put into any text, no error on its way back.
     */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private JsonText() {}

    /** Reads one value; the parser is at its first token, and is left at its last. */
    interface Reader<T> {
        T read(JsonParser p) throws IOException, HttpFailure;
    }

    /** Writes one value. */
    interface Writer {
        void write(JsonGenerator g) throws IOException;
    }

    /**
     * Reads the one object that the body holds.
     *
     * @param what what it should be, for the message
     */
    static <T> T read(Body body, String what, Reader<T> reader) throws HttpFailure {
        try (JsonParser p = FACTORY.createParser(body.bytes(), 0, body.length())) {
            JsonToken first = p.nextToken();
            if (first == null) {
                throw bad("the body is empty, allowed: " + what);
            }
            if (first != JsonToken.START_OBJECT) {
                throw bad("the body is no JSON object, allowed: " + what);
            }
            T value = reader.read(p);
            if (p.nextToken() != null) {
                throw bad("the body goes on after " + what + " at " + place(p));
            }
            return value;
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw bad("the body is not JSON" + where + ": " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            // Readers of objects say so what is wrong with one; and so does the parser with bytes that are no
            // characters.
            throw bad("the body cannot be read: " + firstLine(e.getMessage()));
        } catch (IllegalStateException e) {
            // Jackson's guard against field names that were made to collide.
            throw bad("the body cannot be read: " + firstLine(e.getMessage()));
        }
    }

    static HttpFailure bad(String sentence) {
        return new HttpFailure(HttpFailure.BAD_REQUEST, sentence);
    }

    /** That a value is not what is allowed there. */
    static HttpFailure bad(JsonParser p, String field, String allowed) throws IOException {
        JsonToken token = p.currentToken();
        String shown = token == JsonToken.START_OBJECT
                ? "an object"
                : token == JsonToken.START_ARRAY ? "an array" : printable(String.valueOf(p.getText()));
        return bad(field + " is " + shown + " at " + place(p) + ", allowed: " + allowed);
    }

    private static String place(JsonParser p) {
        return "line " + p.currentTokenLocation().getLineNr() + ", column "
                + p.currentTokenLocation().getColumnNr();
    }

    static String firstLine(@Nullable String message) {
        String text = String.valueOf(message);
        int end = text.indexOf('\n');
        return printable(end < 0 ? text : text.substring(0, end));
    }

    /** Cut when it is long, and on one line. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < SHOWN_CHARS; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return text.length() > SHOWN_CHARS ? out.append("...").toString() : out.toString();
    }

    /** The next field's name with the parser at its value, or null at the object's end. */
    static @Nullable String field(JsonParser p) throws IOException {
        String name = p.nextFieldName();
        if (name != null) {
            p.nextToken();
        }
        return name;
    }

    /** Whether an object starts here; if not, there is null. */
    static boolean isObject(JsonParser p, String field) throws IOException, HttpFailure {
        return starts(p, JsonToken.START_OBJECT, field, "an object or null");
    }

    /** Whether an array starts here; if not, there is null. */
    static boolean isArray(JsonParser p, String field) throws IOException, HttpFailure {
        return starts(p, JsonToken.START_ARRAY, field, "an array or null");
    }

    private static boolean starts(JsonParser p, JsonToken wanted, String field, String allowed)
            throws IOException, HttpFailure {
        if (p.currentToken() == wanted) {
            return true;
        }
        if (p.currentToken() == JsonToken.VALUE_NULL) {
            return false;
        }
        throw bad(p, field, allowed);
    }

    /** A text; empty when there is null. */
    static String text(JsonParser p, String field) throws IOException, HttpFailure {
        if (p.currentToken() == JsonToken.VALUE_STRING) {
            return p.getText();
        }
        if (p.currentToken() == JsonToken.VALUE_NULL) {
            return "";
        }
        throw bad(p, field, "a text");
    }

    /** Whether there is a true; false when there is null. */
    static boolean flag(JsonParser p, String field) throws IOException, HttpFailure {
        return switch (p.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw bad(p, field, "true, false or null");
        };
    }

    static byte[] bytes(Writer writer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator g = FACTORY.createGenerator(out)) {
            writer.write(g);
        } catch (IOException e) {
            throw new UncheckedIOException("memory takes no bytes", e);
        }
        return out.toByteArray();
    }

    /** An object with one text. */
    static byte[] object(String field, String text) {
        return bytes(g -> {
            g.writeStartObject();
            g.writeStringField(field, text);
            g.writeEndObject();
        });
    }
}
