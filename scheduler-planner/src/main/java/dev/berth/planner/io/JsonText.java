package dev.berth.planner.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads JSON of other tools into the values that complain with file, line and column. Our own files are YAML, of which JSON is nearly a
 * part; a JSON file with tabs is where the two part.
 */
final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    /**
     * The one value of a JSON text.
     *
     * @param source what messages call the text: a file name
     * @throws BadInputException if the text is not one JSON value
     */
    static YamlValue parse(String source, String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new BadInputException(source + ":1: the file is empty, allowed: one JSON object");
            }
            Node root = node(parser);
            if (parser.nextToken() != null) {
                Mark at = mark(parser.currentTokenLocation());
                throw new BadInputException(source + ":" + (at.getLine() + 1) + ":" + (at.getColumn() + 1)
                        + ": there is more after the end of the JSON object, allowed: one object");
            }
            return YamlValue.of(source, root);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String where = at == null ? ":1" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            throw new BadInputException(source + where + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory cannot fail to be read", e);
        }
    }

    /** The value that starts at the current token; the parser bounds how deep values stand in each other. */
    private static Node node(JsonParser parser) throws IOException {
        Mark start = mark(parser.currentTokenLocation());
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            List<NodeTuple> entries = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                Mark at = mark(parser.currentTokenLocation());
                Node key =
                        new ScalarNode(Tag.STR, parser.currentName(), at, at, DumperOptions.ScalarStyle.DOUBLE_QUOTED);
                parser.nextToken();
                entries.add(new NodeTuple(key, node(parser)));
            }
            return new MappingNode(Tag.MAP, true, entries, start, start, DumperOptions.FlowStyle.FLOW);
        }
        if (token == JsonToken.START_ARRAY) {
            List<Node> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(node(parser));
            }
            return new SequenceNode(Tag.SEQ, true, items, start, start, DumperOptions.FlowStyle.FLOW);
        }
        Tag tag = switch (token) {
            case VALUE_STRING -> Tag.STR;
            case VALUE_NUMBER_INT -> Tag.INT;
            case VALUE_NUMBER_FLOAT -> Tag.FLOAT;
            case VALUE_NULL -> Tag.NULL;
            default -> Tag.BOOL;
        };
        return new ScalarNode(tag, parser.getText(), start, start, DumperOptions.ScalarStyle.PLAIN);
    }

    private static Mark mark(JsonLocation at) {
        return new Mark("", (int) at.getCharOffset(), at.getLineNr() - 1, at.getColumnNr() - 1, new int[0], 0);
    }
}
