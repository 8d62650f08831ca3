package dev.berth.planner.imports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.IbnetdiscoverText;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.InfinibandFabric;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The tree that is found in the cables of a fabric is the one that it was built by. */
final class FabricTreeProperties {
    /** A folded Clos: pods of units of hosts, each host on one leaf per rail of its unit. */
    private record Clos(int pods, int units, int hosts, int rails, int spines, int cores, boolean flatPod) {
        IbnetdiscoverText text() {
            return text(-1);
        }

        /** The text without one cable of a host, -1 for none. */
        IbnetdiscoverText text(int missing) {
            IbnetdiscoverText text = new IbnetdiscoverText();
            List<Integer> core = new ArrayList<>();
            for (int c = 0; c < cores; c++) {
                core.add(text.fabricSwitch("core" + c));
            }
            int cable = 0;
            for (int pod = 0; pod < pods; pod++) {
                boolean flat = flatPod && pod == 0;
                List<Integer> spine = new ArrayList<>();
                for (int s = 0; s < spines && !flat; s++) {
                    spine.add(text.fabricSwitch("spine" + pod + "-" + s));
                    for (int one : core) {
                        text.cable(spine.get(s), one, "4xNDR");
                    }
                }
                for (int unit = 0; unit < units; unit++) {
                    List<Integer> leaf = new ArrayList<>();
                    for (int r = 0; r < rails; r++) {
                        leaf.add(text.fabricSwitch("leaf" + pod + "-" + unit + "-" + r));
                        for (int one : flat ? core : spine) {
                            text.cable(leaf.get(r), one, "4xNDR");
                        }
                    }
                    for (int h = 0; h < hosts; h++) {
                        for (int r = 0; r < rails; r++) {
                            int adapter = text.adapter(name(pod, unit, h) + " mlx5_" + r);
                            if (cable++ != missing) {
                                text.cable(adapter, leaf.get(r), "4xNDR");
                            }
                        }
                    }
                }
            }
            return text;
        }

        Set<Set<String>> unitsOfHosts() {
            Set<Set<String>> all = new java.util.HashSet<>();
            for (int pod = 0; pod < pods; pod++) {
                for (int unit = 0; unit < units; unit++) {
                    Set<String> one = new TreeSet<>();
                    for (int h = 0; h < hosts; h++) {
                        one.add(name(pod, unit, h));
                    }
                    all.add(one);
                }
            }
            return all;
        }

        private static String name(int pod, int unit, int host) {
            return "n" + pod + "-" + unit + "-" + host;
        }
    }

    @Property(tries = 60)
    void unitsPodsAndCoreAreFound(
            @ForAll @IntRange(min = 2, max = 3) int pods,
            @ForAll @IntRange(min = 2, max = 3) int units,
            @ForAll @IntRange(min = 2, max = 4) int hosts,
            @ForAll @IntRange(min = 1, max = 4) int rails,
            @ForAll long seed) {
        Clos clos = new Clos(pods, units, hosts, rails, 2, 2, false);
        List<ImportNote> notes = new ArrayList<>();
        SwitchTree tree = find(clos.text().shuffled(seed), notes);
        assertThat(partition(tree, 1)).isEqualTo(clos.unitsOfHosts());
        assertThat(partition(tree, 2))
                .hasSize(pods)
                .allSatisfy(pod -> assertThat(pod)
                        .hasSize(units * hosts)
                        .allMatch(host -> host.startsWith(pod.iterator().next().substring(0, 2))));
        assertThat(partition(tree, 3)).hasSize(1);
        assertThat(notes).isEmpty();
        assertThat(tree.groups()).filteredOn(group -> group.level() == 1).allSatisfy(leaf -> {
            assertThat(leaf.switches()).hasSize(rails);
            assertThat(leaf.oversubscription()).isEqualTo(Math.round(100.0 * hosts / 2) / 100.0);
        });
    }

    @Property(tries = 40)
    void aPodWithoutSpinesHangsOnTheCore(
            @ForAll @IntRange(min = 3, max = 4) int pods,
            @ForAll @IntRange(min = 1, max = 4) int rails,
            @ForAll long seed) {
        // Leaves of pods with spines have more cables than the core has to the flat pod, as in any fabric that is worth
        // its core.
        Clos clos = new Clos(pods, 2, 3, rails, 2 * rails, 2, true);
        SwitchTree tree = find(clos.text().shuffled(seed), new ArrayList<>());
        assertThat(partition(tree, 1)).isEqualTo(clos.unitsOfHosts());
        List<Group> tops =
                tree.groups().stream().filter(one -> one.parent() == null).toList();
        assertThat(tops)
                .singleElement()
                .satisfies(top -> assertThat(top.switches()).containsExactly("core0", "core1"));
        assertThat(tree.groups().stream().filter(one -> tops.get(0).name().equals(one.parent())))
                .as("pods with spines, and the units of the pod without")
                .hasSize(pods - 1 + 2);
    }

    @Property(tries = 40)
    void oneMissingCableMovesNoHost(@ForAll @IntRange(max = 71) int missing, @ForAll long seed) {
        Clos clos = new Clos(2, 3, 4, 3, 2, 2, false);
        assertThat(partition(find(clos.text(missing).shuffled(seed), new ArrayList<>()), 1))
                .isEqualTo(clos.unitsOfHosts());
    }

    @Property(tries = 30)
    void theOrderOfTheTextDoesNotMatter(@ForAll long seed, @ForAll boolean flat) {
        Clos clos = new Clos(3, 2, 3, 2, 4, 2, flat);
        assertThat(find(clos.text().shuffled(seed), new ArrayList<>()))
                .isEqualTo(find(clos.text().text(), new ArrayList<>()));
    }

    @Property(tries = 200)
    void anyFabricGivesATree(
            @ForAll @IntRange(min = 1, max = 12) int switches,
            @ForAll @IntRange(max = 10) int hosts,
            @ForAll @IntRange(max = 40) int cables,
            @ForAll long seed) {
        Random random = new Random(seed);
        IbnetdiscoverText text = new IbnetdiscoverText();
        for (int s = 0; s < switches; s++) {
            text.fabricSwitch("sw" + random.nextInt(switches));
        }
        for (int c = 0; c < cables; c++) {
            int a = random.nextInt(switches);
            int b = random.nextInt(switches);
            if (a != b) {
                text.cable(a, b, "4xHDR");
            }
        }
        for (int h = 0; h < hosts; h++) {
            for (int r = 0; r < 1 + random.nextInt(3); r++) {
                text.cable(text.adapter("n" + h + " mlx5_" + r), random.nextInt(switches), "4xHDR");
            }
        }
        SwitchTree tree = find(text.text(), new ArrayList<>());
        Map<String, Group> byName = new HashMap<>();
        tree.groups()
                .forEach(group -> assertThat(byName.put(group.name(), group)).isNull());
        assertThat(tree.groupOfNode()).hasSize(hosts);
        assertThat(byName).containsKeys(tree.groupOfNode().values().toArray(new String[0]));
        for (Group group : tree.groups()) {
            assertThat(group.switches()).isNotEmpty();
            Group parent = byName.get(group.parent());
            assertThat(group.parent() == null || parent.level() > group.level()).isTrue();
        }
    }

    static SwitchTree find(String text, List<ImportNote> notes) {
        InfinibandFabric fabric = InfinibandFabric.parse("fabric.txt", text.getBytes(StandardCharsets.UTF_8));
        HostNames hosts = new HostNames(List.of(), Pattern.compile(".*"));
        return FabricTreeFinder.find(FabricGraph.of("fabric.txt", fabric, hosts, notes), notes);
    }

    /** Hosts by their groups of one level; those below no such group are by themselves in none. */
    private static Set<Set<String>> partition(SwitchTree tree, int level) {
        Map<String, Group> byName = new HashMap<>();
        tree.groups().forEach(group -> byName.put(group.name(), group));
        Map<String, Set<String>> members = new TreeMap<>();
        tree.groupOfNode().forEach((host, name) -> {
            for (Group at = byName.get(name); at != null; at = byName.get(at.parent())) {
                if (at.level() == level) {
                    members.computeIfAbsent(at.name(), unused -> new TreeSet<>())
                            .add(host);
                }
            }
        });
        return Set.copyOf(members.values());
    }
}
