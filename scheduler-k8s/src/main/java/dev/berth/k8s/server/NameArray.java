package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of nodes in the body of a filter, read when they are needed: mostly it is only asked whether one of thousands is among them, which is a search in the
 * bytes. Valid as long as the body. Not thread-safe.
 */
final class NameArray extends AbstractList<String> {
    private final Body body;
    private final int from;
    private final int to;
    private final NodeNames interned;

    private @Nullable List<String> read;

    /**
     * @param from first byte of the array, its bracket
     * @param to behind its last byte. Between them stand strings alone, none of them empty or with an escape
     */
    NameArray(Body body, int from, int to, NodeNames interned) {
        this.body = body;
        this.from = from;
        this.to = to;
        this.interned = interned;
    }

    /** Whether the strings between these bytes are written as they are: no escapes, and none is empty. */
    static boolean isPlain(Body body, int from, int to) {
        byte[] bytes = body.bytes();
        byte before = ' ';
        boolean inside = false;
        for (int i = from; i < to; i++) {
            byte now = bytes[i];
            if (now == '\\' || now == '"' && before == '"' && inside) {
                return false;
            }
            inside ^= now == '"';
            before = now;
        }
        return true;
    }

    @Override
    public boolean contains(@Nullable Object wanted) {
        return read == null && wanted instanceof String name && isNodeName(name)
                ? isWritten(name)
                : names().contains(wanted);
    }

    /** Names of nodes are DNS subdomains (RFC 1123), so that what is between quotes cannot be confused with what is between strings. */
    private static boolean isNodeName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private boolean isWritten(String name) {
        byte[] bytes = body.bytes();
        int length = name.length();
        // What tells numbered names apart is at their end.
        int end = to - 1;
        for (int quote = from + length + 1; quote < end; quote++) {
            if (bytes[quote] == '"' && bytes[quote - length - 1] == '"' && isAt(name, quote - length)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(String name, int start) {
        byte[] bytes = body.bytes();
        for (int i = name.length() - 1; i >= 0; i--) {
            if (bytes[start + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private List<String> names() {
        List<String> known = read;
        if (known == null) {
            known = new ArrayList<>(ExtenderReader.EXPECTED_NODES);
            try (JsonParser p = JsonText.FACTORY.createParser(body.bytes(), from, to - from)) {
                p.nextToken();
                while (p.nextToken() == JsonToken.VALUE_STRING) {
                    known.add(interned.of(p.getTextCharacters(), p.getTextOffset(), p.getTextLength()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // it has been parsed once
            }
            read = known;
        }
        return known;
    }

    @Override
    public String get(int index) {
        return names().get(index);
    }

    @Override
    public int size() {
        return names().size();
    }
}
