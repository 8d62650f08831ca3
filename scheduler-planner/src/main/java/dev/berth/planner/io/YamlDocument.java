package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.io.StringReader;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Reads YAML to the nodes of its one document; whatever is wrong is one complaint that names the line. */
final class YamlDocument {
    /** Largest document in characters: a cluster of a million nodes written one by one. */
    private static final int MAX_CHARACTERS = 1 << 29;

    /** Most uses of anchors that stand for mappings or lists, so that a small file cannot unfold into a huge one. */
    private static final int MAX_ALIASES = 1000;

    private final String source;
    private final String text;
    private final StreamReader reader;
    private final ParserImpl parser;
    private final LoaderOptions options = new LoaderOptions();

    private YamlDocument(String source, String text) {
        this.source = source;
        this.text = text;
        options.setCodePointLimit(MAX_CHARACTERS);
        options.setMaxAliasesForCollections(MAX_ALIASES);
        reader = new StreamReader(new StringReader(text));
        parser = new ParserImpl(reader, options);
    }

    /**
     * The root of the one document of a text.
     *
     * @param source what messages call the text: a file name
     * @throws BadInputException if the text is not YAML, empty, or holds more than one document
     */
    static Node root(String source, String text) {
        return new YamlDocument(source, text).root();
    }

    private Node root() {
        try {
            @Nullable Node root = new Composer(parser, new Resolver(), options).getSingleNode();
            if (root == null) {
                throw new BadInputException(source + ":1: the file is empty, allowed: one YAML document");
            }
            return root;
        } catch (MarkedYAMLException e) {
            String context = e.getContext() == null ? "" : " " + e.getContext();
            Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
            throw bad(mark == null ? reached() : at(mark), context + ": " + e.getProblem(), e);
        } catch (YAMLException e) {
            String unprintable = unprintable();
            throw unprintable == null
                    ? bad(reached(), ": " + e.getMessage(), e)
                    : new BadInputException(source + ":" + unprintable, e);
        } catch (StackOverflowError e) {
            throw bad(reached(), ": nested too deeply", e);
        }
    }

    private BadInputException bad(String at, String problem, Throwable cause) {
        return new BadInputException(source + ":" + at + ": not valid YAML" + problem, cause);
    }

    /** Where the parser stands, for exceptions that do not say where they were raised: those about depth and anchors, and a few others. */
    private String reached() {
        try {
            return at(parser.peekEvent().getStartMark());
        } catch (YAMLException e) {
            // What comes next is wrong, too, or again: so far it has been read.
            return (reader.getLine() + 1) + ":" + (reader.getColumn() + 1);
        }
    }

    private static String at(Mark mark) {
        return (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }

    /** The place of the first character that YAML does not have, and a complaint about it; null when there is none. */
    private @Nullable String unprintable() {
        int line = 1;
        int column = 1;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (!StreamReader.isPrintable(c)) {
                return String.format(
                        Locale.ROOT,
                        "%d:%d: not valid YAML: it has the character U+%04X, which YAML forbids",
                        line,
                        column,
                        c);
            }
            line += c == '\n' ? 1 : 0;
            column = c == '\n' ? 1 : column + 1;
        }
        return null;
    }
}
