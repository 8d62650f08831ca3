package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Steps that all readers of Kubernetes' objects take on a parser. A null stands for an absent field, as in Go. Each method starts with the
 * parser at a value and leaves it at the value's last token.
 */
final class Json {
    /** Of this process: equal values of different objects are one instance. */
    static final Interner INTERNER = new Interner();

    private static final long DAY_MILLIS = 86_400_000L;

    private Json() {}

    /** Reads one object at the parser. */
    interface Reader<T> {
        T read(JsonParser p) throws IOException;
    }

    /** Makes parsers. Interning field names in the JVM would keep each label key for ever. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    /** Reads the one object that the bytes hold. */
    static <T> T parse(byte[] bytes, Reader<T> reader) throws BadObjectException {
        try (JsonParser p = FACTORY.createParser(bytes)) {
            return only(p, reader);
        } catch (BadObjectException e) {
            throw e;
        } catch (JsonProcessingException e) {
            throw BadObjectException.notJson(e);
        } catch (IOException e) {
            throw BadObjectException.of("the text", BadObjectException.quoted(String.valueOf(e.getMessage())), "UTF-8");
        }
    }

    /**
     * Reads the one object that a stream holds.
     *
     * @throws BadObjectException if it holds another thing
     * @throws IOException if the stream cannot be read
     */
    static <T> T parse(InputStream in, Reader<T> reader) throws IOException {
        try (JsonParser p = FACTORY.createParser(in)) {
            return only(p, reader);
        } catch (JsonProcessingException e) {
            throw BadObjectException.notJson(e);
        } catch (CharConversionException e) {
            throw BadObjectException.of("the text", BadObjectException.quoted(String.valueOf(e.getMessage())), "UTF-8");
        }
    }

    private static <T> T only(JsonParser p, Reader<T> reader) throws IOException {
        if (p.nextToken() == null) {
            throw BadObjectException.of("the text", "empty", "a JSON object");
        }
        T value = reader.read(p);
        if (p.nextToken() != null) {
            throw BadObjectException.at(p, "nothing after the object");
        }
        return value;
    }

    /** Whether an object starts here; if not, it is absent. */
    static boolean object(JsonParser p) throws IOException {
        return starts(p, JsonToken.START_OBJECT, "an object");
    }

    /** Whether an array starts here; if not, it is absent. */
    static boolean array(JsonParser p) throws IOException {
        return starts(p, JsonToken.START_ARRAY, "an array");
    }

    private static boolean starts(JsonParser p, JsonToken wanted, String allowed) throws IOException {
        JsonToken token = p.currentToken();
        if (token == wanted) {
            return true;
        }
        if (token == JsonToken.VALUE_NULL) {
            return false;
        }
        throw BadObjectException.at(p, allowed);
    }

    /** The next field's name with the parser at its value, or null at the object's end. */
    static @Nullable String field(JsonParser p) throws IOException {
        String name = p.nextFieldName();
        if (name != null) {
            p.nextToken();
        }
        return name;
    }

    /** Whether there is a further element; the parser is at it. */
    static boolean element(JsonParser p) throws IOException {
        return p.nextToken() != JsonToken.END_ARRAY;
    }

    /** A text that recurs over objects, empty when absent. */
    static String text(JsonParser p) throws IOException {
        if (!isText(p)) {
            return "";
        }
        return INTERNER.string(p.getTextCharacters(), p.getTextOffset(), p.getTextLength());
    }

    /** A text that recurs over objects, null when absent or empty. */
    static @Nullable String textOrNull(JsonParser p) throws IOException {
        String text = text(p);
        return text.isEmpty() ? null : text;
    }

    /** A text of this object alone, empty when absent. */
    static String ownText(JsonParser p) throws IOException {
        return isText(p) ? p.getText() : "";
    }

    private static boolean isText(JsonParser p) throws IOException {
        JsonToken token = p.currentToken();
        if (token == JsonToken.VALUE_STRING) {
            return true;
        }
        if (token == JsonToken.VALUE_NULL) {
            return false;
        }
        throw BadObjectException.at(p, "a text");
    }

    /** A truth value, false when absent. */
    static boolean truth(JsonParser p) throws IOException {
        JsonToken token = p.currentToken();
        if (token == JsonToken.VALUE_TRUE) {
            return true;
        }
        if (token == JsonToken.VALUE_FALSE || token == JsonToken.VALUE_NULL) {
            return false;
        }
        throw BadObjectException.at(p, "true or false");
    }

    /** A whole number in a range, 0 when absent. */
    static int number(JsonParser p, int least, int most) throws IOException {
        JsonToken token = p.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return 0;
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            String text = p.getText();
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw BadObjectException.at(p, "a whole number from " + least + " to " + most);
            }
        }
        throw BadObjectException.at(p, "a whole number from " + least + " to " + most);
    }

    /** Texts that recur, in order. */
    static List<String> texts(JsonParser p) throws IOException {
        if (!array(p)) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(4);
        while (element(p)) {
            texts.add(text(p));
        }
        return INTERNER.list(texts);
    }

    /** Milliseconds since 1970 of a time as RFC 3339 writes it, 0 when absent. */
    static long time(JsonParser p) throws IOException {
        String text = ownText(p);
        if (text.isEmpty()) {
            return 0;
        }
        try {
            if (text.length() == 20 && text.charAt(19) == 'Z' && text.charAt(10) == 'T') {
                long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
                        .toEpochDay();
                int seconds = (digits(text, 11, 13) * 60 + digits(text, 14, 16)) * 60 + digits(text, 17, 19);
                if (seconds * 1000L < DAY_MILLIS) {
                    return day * DAY_MILLIS + seconds * 1000L;
                }
            }
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException | NumberFormatException | ArithmeticException e) {
            throw BadObjectException.at(p, "a time such as 2026-11-21T23:33:59Z");
        }
    }

    private static int digits(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    /**
     * A resource's amount.
     *
     * @param unit reads the text
     */
    static long quantity(JsonParser p, ToLongFunction<String> unit) throws IOException {
        JsonToken token = p.currentToken();
        if (token != JsonToken.VALUE_STRING && !token.isNumeric()) {
            throw BadObjectException.at(p, "a quantity of 0 or more such as 500m, 1.5Gi or 2e3");
        }
        try {
            return unit.applyAsLong(INTERNER.string(p.getTextCharacters(), p.getTextOffset(), p.getTextLength()));
        } catch (IllegalArgumentException e) {
            throw BadObjectException.at(p, "a quantity of 0 or more such as 500m, 1.5Gi or 2e3");
        }
    }
}
