package dev.berth.planner.io;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.cluster.Site;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The part of a cluster file that is not nodes: GPU models, sites, racks, switches, and how power is counted. */
final class ClusterPlaces {
    static final List<String> KEYS = List.of("powerBasis", "gpuModels", "sites", "racks", "switches");

    private static final List<String> SITE = List.of("name", "jurisdiction", "powerUsageEffectiveness");
    private static final List<String> RACK = List.of("name", "powerCapW", "cooling");
    private static final List<String> SWITCH = List.of("name", "tier", "parent", "oversubscription");
    private static final List<String> BASES = words(PowerBasis.values());
    private static final List<String> COOLINGS = words(Cooling.values());

    private final Set<String> sites = new HashSet<>();
    private final Set<String> racks = new HashSet<>();
    private final Set<String> switches = new HashSet<>();
    private final GpuCatalog catalog;
    private final boolean anySite;
    private final boolean anyRack;

    /** Reads all of it into a builder. */
    ClusterPlaces(Map<String, YamlValue> top, Cluster.Builder builder) {
        YamlValue basis = top.get("powerBasis");
        if (basis != null) {
            builder.powerBasis(PowerBasis.values()[BASES.indexOf(basis.oneOf(BASES))]);
        }
        catalog = readModels(items(top.get("gpuModels")), builder);
        for (YamlValue group : items(top.get("sites"))) {
            Map<String, YamlValue> fields = group.fields(SITE);
            YamlValue jurisdiction = fields.get("jurisdiction");
            YamlValue effectiveness = fields.get("powerUsageEffectiveness");
            addAll(
                    group,
                    fields,
                    sites,
                    name -> builder.add(new Site(
                            name,
                            jurisdiction == null ? null : jurisdiction.text(),
                            effectiveness == null ? 0 : effectiveness.decimal(1, Site.MAX_POWER_USAGE_EFFECTIVENESS))));
        }
        for (YamlValue group : items(top.get("racks"))) {
            Map<String, YamlValue> fields = group.fields(RACK);
            YamlValue cap = fields.get("powerCapW");
            YamlValue cooling = fields.get("cooling");
            addAll(
                    group,
                    fields,
                    racks,
                    name -> builder.add(new Rack(
                            name,
                            cap == null ? 0 : cap.integer(0, Integer.MAX_VALUE),
                            cooling == null
                                    ? Cooling.UNKNOWN
                                    : Cooling.values()[COOLINGS.indexOf(cooling.oneOf(COOLINGS))])));
        }
        readSwitches(items(top.get("switches")), builder);
        anySite = !sites.isEmpty();
        anyRack = !racks.isEmpty();
    }

    private static GpuCatalog readModels(List<YamlValue> entries, Cluster.Builder builder) {
        List<GpuModel> models = new ArrayList<>();
        for (YamlValue entry : entries) {
            GpuModel model = GpuModelForm.read(entry);
            try {
                builder.add(model);
            } catch (IllegalArgumentException e) {
                throw entry.complain("cannot be: " + e.getMessage(), e);
            }
            models.add(model);
        }
        return GpuCatalog.builtIn().with(models);
    }

    /** What is known of GPU models. */
    GpuCatalog catalog() {
        return catalog;
    }

    private static List<YamlValue> items(@Nullable YamlValue list) {
        return list == null ? List.of() : list.items();
    }

    private static void addAll(
            YamlValue group, Map<String, YamlValue> fields, Set<String> known, Consumer<String> add) {
        NamePattern names = group.required(fields, "name").names();
        room(group, known, names);
        for (int i = 0; i < names.size(); i++) {
            addOne(group, known, names.name(i));
            add.accept(names.name(i));
        }
    }

    private static void addOne(YamlValue group, Set<String> known, String name) {
        if (!known.add(name)) {
            throw group.complain("has the name '" + name + "', which is there already, allowed: each name once");
        }
    }

    private static void room(YamlValue group, Set<String> known, NamePattern names) {
        if (known.size() + (long) names.size() > Cluster.MAX_NODES) {
            throw group.complain("brings their number to " + (known.size() + (long) names.size()) + ", allowed: "
                    + Cluster.MAX_NODES);
        }
    }

    private void readSwitches(List<YamlValue> groups, Cluster.Builder builder) {
        for (YamlValue group : groups) {
            NamePattern names = group.required(group.fields(SWITCH), "name").names();
            room(group, switches, names);
            for (int i = 0; i < names.size(); i++) {
                addOne(group, switches, names.name(i));
            }
        }
        for (YamlValue group : groups) {
            Map<String, YamlValue> fields = group.fields(SWITCH);
            NamePattern names = group.required(fields, "name").names();
            YamlValue tier = group.required(fields, "tier");
            YamlValue ratio = fields.get("oversubscription");
            double oversubscription = ratio == null ? 0 : ratio.decimal(0, FabricSwitch.MAX_OVERSUBSCRIPTION);
            Spread parents = new Spread(fields.get("parent"), "switches above", names.size(), "switches");
            parents.refuseUnknown(switches, "switches");
            for (int i = 0; i < names.size(); i++) {
                FabricSwitch one;
                try {
                    one = new FabricSwitch(names.name(i), tier.text(), parents.name(i), oversubscription);
                } catch (IllegalArgumentException e) {
                    throw group.complain("cannot be: " + e.getMessage(), e);
                }
                builder.add(one);
            }
        }
    }

    /** Complains when nodes are in a place that the file does not describe. */
    void check(Spread nodeRacks, Spread nodeSwitches, @Nullable YamlValue site) {
        if (anyRack) {
            nodeRacks.refuseUnknown(racks, "racks");
        }
        nodeSwitches.refuseUnknown(switches, "switches");
        if (anySite && site != null && !sites.contains(site.text())) {
            throw site.wrong("the name of one of the sites");
        }
    }

    /** Writes what {@link #ClusterPlaces} reads, and nothing where nothing was described. */
    static void write(Cluster cluster, ObjectNode root) {
        if (cluster.powerBasis() != PowerBasis.NAMEPLATE) {
            root.put("powerBasis", BASES.get(cluster.powerBasis().ordinal()));
        }
        if (!cluster.describedGpuModels().isEmpty()) {
            ArrayNode out = root.putArray("gpuModels");
            cluster.describedGpuModels().forEach(model -> GpuModelForm.write(model, out.addObject()));
        }
        if (!cluster.describedSites().isEmpty()) {
            ArrayNode out = root.putArray("sites");
            for (Site site : cluster.describedSites()) {
                ObjectNode one = out.addObject().put("name", ClusterFile.writable(site.name()));
                if (site.jurisdiction() != null) {
                    one.put("jurisdiction", site.jurisdiction());
                }
                if (site.powerUsageEffectiveness() > 0) {
                    one.put("powerUsageEffectiveness", BigDecimal.valueOf(site.powerUsageEffectiveness()));
                }
            }
        }
        if (!cluster.describedRacks().isEmpty()) {
            ArrayNode out = root.putArray("racks");
            for (Rack rack : cluster.describedRacks()) {
                ObjectNode one = out.addObject().put("name", ClusterFile.writable(rack.name()));
                if (rack.powerCapW() > 0) {
                    one.put("powerCapW", rack.powerCapW());
                }
                if (rack.cooling() != Cooling.UNKNOWN) {
                    one.put("cooling", COOLINGS.get(rack.cooling().ordinal()));
                }
            }
        }
        if (!cluster.switches().isEmpty()) {
            ArrayNode out = root.putArray("switches");
            for (FabricSwitch one : cluster.switches()) {
                ObjectNode entry = out.addObject()
                        .put("name", ClusterFile.writable(one.name()))
                        .put("tier", one.tier());
                if (one.parent() != null) {
                    entry.put("parent", ClusterFile.writable(one.parent()));
                }
                if (one.oversubscription() > 0) {
                    entry.put("oversubscription", BigDecimal.valueOf(one.oversubscription()));
                }
            }
        }
    }

    private static List<String> words(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList();
    }
}
