package dev.berth.planner.report;

import java.util.Locale;

/** Pieces of HTML and SVG. */
public final class Html {
    private Html() {}

    /** Text for content and for attributes in double quotes. Control characters, which no page may hold, become blanks. */
    public static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\n' -> escaped.append(c);
                default -> escaped.append(Character.isISOControl(c) || c >= '\uFFFE' ? ' ' : c);
            }
        }
        return escaped.toString();
    }

    /** A coordinate with at most one digit behind the point. */
    static String number(double value) {
        long tenths = Math.round(value * 10);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : String.format(Locale.ROOT, "%.1f", tenths / 10.0);
    }
}
