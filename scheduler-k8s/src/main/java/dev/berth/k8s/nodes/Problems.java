package dev.berth.k8s.nodes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was wrong, in sentences. What is wrong with many nodes in the same way is one sentence. Not thread-safe. */
final class Problems {
    private static final int SHOWN = 3;

    private final Map<String, List<String>> subjects = new LinkedHashMap<>();

    /** Something that concerns no single node. */
    void add(String sentence) {
        subjects.putIfAbsent(sentence, new ArrayList<>());
    }

    /** Something of a node: what follows its name in the sentence. */
    void node(String node, String what) {
        subjects.computeIfAbsent(what, key -> new ArrayList<>()).add(node);
    }

    List<String> list() {
        List<String> sentences = new ArrayList<>(subjects.size());
        subjects.forEach((what, nodes) -> sentences.add(nodes.isEmpty() ? what : subject(nodes) + ": " + what));
        return sentences;
    }

    private static String subject(List<String> nodes) {
        if (nodes.size() == 1) {
            return "node " + nodes.get(0);
        }
        String shown = String.join(", ", nodes.subList(0, Math.min(SHOWN, nodes.size())));
        return "nodes " + shown + (nodes.size() > SHOWN ? " and " + (nodes.size() - SHOWN) + " more" : "");
    }
}
