package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which layers of the network a gang must stay within, and which it had better, as Koordinator's annotation {@code
 * gang.scheduling.koordinator.sh/network-topology-spec} says on pods and PodGroups: {@code {"gatherStrategy": [{"layer": "BlockLayer",
 * "strategy": "MustGather"}]}}. Layers become names of tiers: {@code block} for {@code BlockLayer}. Of several layers with one strategy
 * the first counts. Immutable.
 *
 * @param required tier of the first {@code MustGather}, or null
 * @param preferred tier of the first {@code PreferGather}, or null
 */
public record GatherRules(
        @Nullable String required, @Nullable String preferred) {
    /** The annotation. */
    public static final String ANNOTATION = "gang.scheduling.koordinator.sh/network-topology-spec";

    private static final GatherRules NONE = new GatherRules(null, null);
    private static final String SUFFIX = "Layer";

    /**
     * Reads the annotation's value.
     *
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static GatherRules parse(String json) throws BadObjectException {
        return Json.parse(json.getBytes(StandardCharsets.UTF_8), GatherRules::read);
    }

    /** What a layer is called as a tier: {@code block} for {@code BlockLayer}. */
    public static String tierOf(String layer) {
        String name = layer.endsWith(SUFFIX) ? layer.substring(0, layer.length() - SUFFIX.length()) : layer;
        return name.toLowerCase(Locale.ROOT);
    }

    private static GatherRules read(JsonParser p) throws IOException {
        GatherRules rules = NONE;
        if (!Json.object(p)) {
            return rules;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (!field.equals("gatherStrategy") || !Json.array(p)) {
                p.skipChildren();
                continue;
            }
            while (Json.element(p)) {
                rules = rules.with(p);
            }
        }
        return rules;
    }

    private GatherRules with(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return this;
        }
        String layer = null;
        boolean must = false;
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "layer" -> layer = Json.textOrNull(p);
                case "strategy" -> {
                    String strategy = Json.text(p);
                    must = strategy.equals("MustGather");
                    if (!must && !strategy.equals("PreferGather")) {
                        throw BadObjectException.at(p, "MustGather or PreferGather");
                    }
                }
                default -> p.skipChildren();
            }
        }
        if (layer == null) {
            return this;
        }
        String tier = tierOf(layer);
        return must
                ? new GatherRules(required == null ? tier : required, preferred)
                : new GatherRules(required, preferred == null ? tier : preferred);
    }
}
