package dev.berth.k8s.api;

import java.nio.charset.StandardCharsets;

/** Parts of URLs. */
final class Url {
    private static final String HEX = "0123456789ABCDEF";

    private Url() {}

    /** A name as a part of a path or query: what is not unreserved (RFC 3986, 2.3) is escaped. */
    static String encode(String text) {
        int i = 0;
        while (i < text.length() && isUnreserved(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (isUnreserved((char) (b & 0xff))) {
                out.append((char) b);
            } else {
                out.append('%').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
            }
        }
        return out.toString();
    }

    private static boolean isUnreserved(char c) {
        return c >= 'a' && c <= 'z'
                || c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
