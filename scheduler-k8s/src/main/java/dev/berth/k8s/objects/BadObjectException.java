package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Locale;

/**
 * An object that cannot be read. The message is one line: the field's path, its value, and what is allowed there; or, where the text is
 * no JSON, what is wrong with it and at which line and column.
 */
public final class BadObjectException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN_CHARS = 160;

    private BadObjectException(String message) {
        super(message);
    }

    /** About the value at which the parser stands, a scalar or the start of an array or object. */
    static BadObjectException at(JsonParser p, String allowed) throws IOException {
        return of(path(p), shown(p), allowed);
    }

    static BadObjectException of(String path, String value, String allowed) {
        return new BadObjectException(path + " is " + value + ", allowed: " + allowed);
    }

    /** About text that is no JSON, or ends too early. */
    static BadObjectException notJson(JsonProcessingException e) {
        String place = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        String why = String.valueOf(e.getOriginalMessage());
        int end = why.indexOf('\n');
        return new BadObjectException("not JSON" + place + ": " + printable(end < 0 ? why : why.substring(0, end)));
    }

    private static String shown(JsonParser p) throws IOException {
        JsonToken token = p.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return "an object";
        }
        if (token == JsonToken.START_ARRAY) {
            return "an array";
        }
        String text = String.valueOf(p.getText());
        return token == JsonToken.VALUE_STRING ? quoted(text) : printable(text);
    }

    /** A text between quotation marks, cut when it is long, on one line. */
    static String quoted(String text) {
        return "\"" + printable(text) + "\"";
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < SHOWN_CHARS; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return text.length() > SHOWN_CHARS ? out.append("...").toString() : out.toString();
    }

    /** Such as {@code spec.containers[0].name}, from the start of the document. */
    private static String path(JsonParser p) {
        JsonStreamContext context = p.getParsingContext();
        if (p.currentToken() == JsonToken.START_OBJECT || p.currentToken() == JsonToken.START_ARRAY) {
            context = context.getParent();
        }
        StringBuilder path = new StringBuilder();
        for (; context != null && !context.inRoot(); context = context.getParent()) {
            String step = context.inArray()
                    ? "[" + context.getCurrentIndex() + "]"
                    : printable(String.valueOf(context.getCurrentName()));
            boolean joined = path.length() == 0 || path.charAt(0) == '[';
            path.insert(0, joined ? step : step + ".");
        }
        return path.length() == 0 ? "the object" : path.toString();
    }
}
