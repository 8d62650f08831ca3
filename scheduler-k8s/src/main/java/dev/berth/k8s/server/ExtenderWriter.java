package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.Victims;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes what kube-scheduler is answered (k8s.io/kube-scheduler/extender/v1), with the names and nulls that Go would write. */
final class ExtenderWriter {
    private ExtenderWriter() {}

    /**
     * {@code ExtenderFilterResult}.
     *
     * @param names whether to write {@code NodeNames}, else it is null
     * @param nodes where to take {@code Nodes} from, exactly as they came; null when it is null
     * @param body what the nodes came in
     * @param asked names of the nodes that there were to choose from
     */
    static byte[] filter(
            FilterAnswer answer,
            boolean names,
            @Nullable Body body,
            ExtenderArgs.@Nullable Nodes nodes,
            Collection<String> asked) {
        boolean failed = !answer.error().isEmpty();
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator g = JsonText.FACTORY.createGenerator(out)) {
            g.writeStartObject();
            g.writeFieldName("Nodes");
            if (failed || body == null || nodes == null) {
                g.writeNull();
            } else {
                nodes(g, out, answer.nodeNames(), body, nodes);
            }
            g.writeFieldName("NodeNames");
            if (failed || !names) {
                g.writeNull();
            } else {
                g.writeStartArray();
                for (String name : answer.nodeNames()) {
                    g.writeString(name);
                }
                g.writeEndArray();
            }
            g.writeNullField("FailedNodes");
            g.writeFieldName("FailedAndUnresolvableNodes");
            if (failed || !answer.nodeNames().isEmpty()) {
                g.writeNull();
            } else {
                refusals(g, answer.refused(), asked);
            }
            g.writeStringField("Error", answer.error());
            g.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory takes no bytes", e);
        }
        return out.toByteArray();
    }

    private static void nodes(
            JsonGenerator g, ByteArrayOutputStream out, List<String> chosen, Body body, ExtenderArgs.Nodes nodes)
            throws IOException {
        g.writeStartObject();
        g.writeObjectFieldStart("metadata");
        g.writeEndObject();
        g.writeArrayFieldStart("items");
        for (String name : chosen) {
            int at = nodes.names().indexOf(name);
            if (at < 0) {
                throw new IllegalStateException("node " + name + " was chosen, which was not asked for");
            }
            ExtenderArgs.Text text = nodes.texts().get(at);
            // An empty raw value, for the comma; what the generator holds has to be out before the bytes.
            g.writeRawValue("");
            g.flush();
            out.write(body.bytes(), text.from(), text.to() - text.from());
        }
        g.writeEndArray();
        g.writeEndObject();
    }

    /**
     * A node without a reason would be one that preemption may help on: kube-scheduler would evict pods there for nothing. So each that was asked for
     * gets one.
     */
    private static void refusals(JsonGenerator g, Map<String, String> refused, Collection<String> asked)
            throws IOException {
        g.writeStartObject();
        for (String name : asked) {
            g.writeStringField(
                    name, Objects.requireNonNullElse(refused.get(name), "Berth holds no place for the pod here"));
        }
        g.writeEndObject();
    }

    /** {@code HostPriorityList}: a bare array. */
    static byte[] prioritize(Collection<String> nodes, Map<String, Integer> scores) {
        return JsonText.bytes(g -> {
            g.writeStartArray();
            for (String node : nodes) {
                g.writeStartObject();
                g.writeStringField("Host", node);
                g.writeNumberField("Score", Objects.requireNonNullElse(scores.get(node), 0));
                g.writeEndObject();
            }
            g.writeEndArray();
        });
    }

    /** {@code ExtenderBindingResult}. */
    static byte[] bind(String error) {
        return JsonText.object("Error", error);
    }

    /** {@code ExtenderPreemptionResult}: always the victims' UIDs alone, also when the request had whole pods. */
    static byte[] preempt(Map<String, Victims> victims) {
        return JsonText.bytes(g -> {
            g.writeStartObject();
            g.writeObjectFieldStart("NodeNameToMetaVictims");
            for (Map.Entry<String, Victims> node : victims.entrySet()) {
                g.writeObjectFieldStart(node.getKey());
                g.writeArrayFieldStart("Pods");
                for (String uid : node.getValue().uids()) {
                    g.writeStartObject();
                    g.writeStringField("UID", uid);
                    g.writeEndObject();
                }
                g.writeEndArray();
                g.writeNumberField("NumPDBViolations", node.getValue().budgetViolations());
                g.writeEndObject();
            }
            g.writeEndObject();
            g.writeEndObject();
        });
    }
}
