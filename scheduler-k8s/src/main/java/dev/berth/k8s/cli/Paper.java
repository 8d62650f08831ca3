package dev.berth.k8s.cli;

import java.io.PrintWriter;
import java.util.List;

/** Text for people: paragraphs, facts and lists, as wide as the terminal. */
final class Paper {
    private static final String INDENT = "  ";

    private final PrintWriter out;
    private final boolean colour;
    private final int columns;
    private boolean begun;

    /**
     * Text.
     *
     * @param colour whether to use ANSI colours
     * @param columns most characters of a line
     */
    Paper(PrintWriter out, boolean colour, int columns) {
        this.out = out;
        this.colour = colour;
        this.columns = columns;
    }

    /** The first line. */
    Paper title(String text) {
        gap();
        for (String line : Texts.wrapped(text, columns)) {
            out.println(bold(line));
        }
        return this;
    }

    /** What a list or a group of facts is about. */
    Paper heading(String text) {
        gap();
        out.println(bold(text));
        return this;
    }

    private void gap() {
        if (begun) {
            out.println();
        }
        begun = true;
    }

    Paper paragraph(String text) {
        Texts.wrapped(text, columns - INDENT.length()).forEach(line -> out.println(INDENT + line));
        return this;
    }

    /** The same, in the colour of what asks for attention. */
    Paper warning(String text) {
        Texts.wrapped(text, columns - INDENT.length()).forEach(line -> out.println(INDENT + red(line)));
        return this;
    }

    Paper blank() {
        out.println();
        return this;
    }

    /** A name and what is to be said of it; names of a group are as wide as the widest. */
    Paper fact(String name, int width, String text) {
        String head = INDENT + name + " ".repeat(Math.max(0, width - name.length())) + INDENT;
        for (String line : Texts.wrapped(text, Math.max(20, columns - head.length()))) {
            out.println(head + line);
            head = " ".repeat(head.length());
        }
        return this;
    }

    Paper items(List<String> texts) {
        for (String text : texts) {
            String head = INDENT + "- ";
            for (String line : Texts.wrapped(text, columns - head.length())) {
                out.println(head + line);
                head = " ".repeat(head.length());
            }
        }
        return this;
    }

    String bold(String text) {
        return colour ? "\u001B[1m" + text + "\u001B[0m" : text;
    }

    String red(String text) {
        return colour ? "\u001B[31m" + text + "\u001B[0m" : text;
    }
}
