package dev.berth.planner.io;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Names as Slurm writes many of them: {@code n[001-003,007],login1} is five names. Zeros in front are part of a number, several
 * brackets in one name give every combination, commas separate outside brackets, too (slurm.schedmd.com/slurm.conf.html, "NodeName").
 */
public final class Hostlist {
    /** What a list may look like, for messages. */
    public static final String ALLOWED = "names with commas between them, such as n[001-064,070],login1";

    /** Most names that one list may stand for: as many as a cluster may have nodes. */
    static final int MAX_NAMES = 1 << 20;

    /** Longest name: what a host name may have (RFC 1123, 2.1). */
    static final int MAX_LENGTH = 255;

    private Hostlist() {}

    /**
     * The names, in the order of the list.
     *
     * @throws IllegalArgumentException saying what is allowed instead
     */
    public static List<String> expand(String text) {
        Set<String> names = new LinkedHashSet<>();
        int start = 0;
        int depth = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ',' : text.charAt(i);
            if (c == '[') {
                depth++;
            } else if (c == ']') {
                depth--;
            }
            if (depth < 0 || depth > 1 || i == text.length() && depth > 0) {
                throw new IllegalArgumentException(ALLOWED + ", with a closing bracket for each opening one");
            }
            if (c == ',' && depth == 0) {
                for (String name : product(text.substring(start, i).strip())) {
                    if (!names.add(name)) {
                        throw new IllegalArgumentException(ALLOWED + ", each once; '" + name + "' is there twice");
                    }
                }
                tooMany(names.size());
                start = i + 1;
            }
        }
        return List.copyOf(names);
    }

    /** All names that one entry stands for; O(names x pieces of a name). */
    private static List<String> product(String entry) {
        if (entry.isEmpty()) {
            throw new IllegalArgumentException(ALLOWED + ", none of them empty");
        }
        List<List<String>> pieces = pieces(entry);
        List<String> names = new ArrayList<>();
        int[] chosen = new int[pieces.size()];
        StringBuilder name = new StringBuilder();
        int turned;
        do {
            name.setLength(0);
            for (int piece = 0; piece < chosen.length; piece++) {
                name.append(pieces.get(piece).get(chosen[piece]));
            }
            names.add(name.toString());
            // As a counter does: the last piece turns fastest, and each that is through turns the one before it.
            turned = chosen.length - 1;
            while (turned >= 0 && ++chosen[turned] == pieces.get(turned).size()) {
                chosen[turned--] = 0;
            }
        } while (turned >= 0);
        return names;
    }

    /** What may stand at each place of a name: plain text, or the numbers of a bracket. */
    private static List<List<String>> pieces(String entry) {
        List<List<String>> pieces = new ArrayList<>();
        long names = 1;
        int length = 0;
        int at = 0;
        while (at < entry.length()) {
            int open = entry.indexOf('[', at);
            int close = open < 0 ? -1 : entry.indexOf(']', open);
            String plain = entry.substring(at, open < 0 ? entry.length() : open);
            length += plain.length();
            pieces.add(List.of(plain));
            if (open >= 0) {
                List<String> numbers = numbers(entry.substring(open + 1, close));
                names *= numbers.size();
                tooMany(names);
                length += numbers.get(numbers.size() - 1).length();
                pieces.add(numbers);
            }
            // Many brackets with one number each would make few names and take for ever.
            if (length > MAX_LENGTH) {
                throw new IllegalArgumentException("names of at most " + MAX_LENGTH + " characters");
            }
            at = open < 0 ? entry.length() : close + 1;
        }
        return pieces;
    }

    /** What the inside of a bracket stands for. */
    private static List<String> numbers(String inside) {
        List<String> numbers = new ArrayList<>();
        for (String range : inside.split(",", -1)) {
            int dash = range.indexOf('-');
            String from = dash < 0 ? range : range.substring(0, dash);
            String to = dash < 0 ? range : range.substring(dash + 1);
            if (!from.matches("[0-9]{1,9}") || !to.matches("[0-9]{1,9}")) {
                throw new IllegalArgumentException(ALLOWED + ", with numbers and ranges of them in brackets");
            }
            int first = Integer.parseInt(from);
            int last = Integer.parseInt(to);
            if (last < first) {
                throw new IllegalArgumentException("a range that goes up, such as [" + to + "-" + from + "]");
            }
            tooMany(numbers.size() + (long) last - first + 1);
            for (int number = first; number <= last; number++) {
                String digits = Integer.toString(number);
                numbers.add("0".repeat(Math.max(0, from.length() - digits.length())) + digits);
            }
        }
        return numbers;
    }

    private static void tooMany(long names) {
        if (names > MAX_NAMES) {
            throw new IllegalArgumentException("at most " + MAX_NAMES + " names");
        }
    }
}
