package dev.berth.planner.report;

import dev.berth.planner.BadInputException;
import dev.berth.planner.io.OutputFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A report as one HTML page that loads nothing, and well-formed XML, too: its frame, its style, and how it gets to its file. */
public final class Page {
    private Page() {}

    /**
     * A page without a script.
     *
     * @param title plain text
     * @param body what stands in the page: well-formed, closed elements
     */
    public static String of(String title, String body) {
        return of(title, body, "");
    }

    static String of(String title, String body, String script) {
        String run = script.isEmpty() ? "" : "<script>\n//<![CDATA[\n" + script + "//]]>\n</script>\n";
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>"
                + Html.escape(title) + "</title>\n<style>\n" + resource("page.css")
                + "</style>\n</head>\n<body>\n<main>\n"
                + body + "<footer>Written by Berth.</footer>\n</main>\n" + run + "</body>\n</html>\n";
    }

    static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Asks, before the work whose report it is, whether a page can be written.
     *
     * @throws BadInputException if the file is a folder, or cannot be made or replaced
     */
    public static void check(Path file) {
        OutputFile.check("--report", file);
    }

    /**
     * Writes a page whole or not at all.
     *
     * @throws BadInputException if it cannot be written
     */
    public static void write(Path file, String page) {
        OutputFile.write("--report", file, page);
    }
}
