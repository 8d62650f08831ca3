package dev.berth.planner.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuModel.Interconnect;
import dev.berth.cluster.GpuTopology;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GPU model, as the cluster file writes it: one of the built-in catalogue with some figures replaced, or one that is not
 * there, and then memory and power must be given.
 */
final class GpuModelForm {
    private static final List<String> KEYS = List.of(
            "name",
            "memoryMib",
            "thermalDesignW",
            "idleW",
            "linkGigabytesPerSecond",
            "links",
            "nvlinkGeneration",
            "interconnect",
            "source");
    private static final List<String> INTERCONNECTS = Arrays.stream(Interconnect.values())
            .map(value -> value.name().toLowerCase(Locale.ROOT))
            .toList();
    private static final String OWN = "the cluster file";

    private GpuModelForm() {}

    static GpuModel read(YamlValue entry) {
        Map<String, YamlValue> fields = entry.fields(KEYS);
        String name = entry.required(fields, "name").text();
        GpuModel known = GpuCatalog.builtIn().named(name);
        YamlValue interconnect = fields.get("interconnect");
        YamlValue source = fields.get("source");
        if (known == null) {
            entry.required(fields, "memoryMib");
            entry.required(fields, "thermalDesignW");
        }
        try {
            return new GpuModel(
                    name,
                    number(fields, "memoryMib", known == null ? 0 : known.memoryMib()),
                    number(fields, "thermalDesignW", known == null ? 0 : known.thermalDesignW()),
                    number(fields, "idleW", known == null ? 0 : known.idleW()),
                    number(fields, "linkGigabytesPerSecond", known == null ? 0 : known.linkGigabytesPerSecond()),
                    number(fields, "links", known == null ? 0 : known.links()),
                    number(fields, "nvlinkGeneration", known == null ? 0 : known.nvlinkGeneration()),
                    interconnect == null
                            ? known == null ? Interconnect.NONE : known.interconnect()
                            : Interconnect.values()[INTERCONNECTS.indexOf(interconnect.oneOf(INTERCONNECTS))],
                    source == null ? OWN : source.text());
        } catch (IllegalArgumentException e) {
            throw entry.complain("cannot be: " + e.getMessage(), e);
        }
    }

    private static int number(Map<String, YamlValue> fields, String key, int otherwise) {
        @Nullable YamlValue value = fields.get(key);
        int most = key.equals("linkGigabytesPerSecond") ? GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND : Integer.MAX_VALUE;
        return value == null ? otherwise : value.integer(0, most);
    }

    static void write(GpuModel model, ObjectNode out) {
        out.put("name", model.name())
                .put("memoryMib", model.memoryMib())
                .put("thermalDesignW", model.thermalDesignW())
                .put("idleW", model.idleW())
                .put("linkGigabytesPerSecond", model.linkGigabytesPerSecond())
                .put("links", model.links())
                .put("nvlinkGeneration", model.nvlinkGeneration())
                .put("interconnect", INTERCONNECTS.get(model.interconnect().ordinal()))
                .put("source", model.source());
    }
}
