package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Which nodes may be freed, and what becomes of gangs, against a naive reading of the pods alone. */
final class PreemptionProperties {
    private static final String GANG = "berth.dev/gang";

    /** A cluster of bound pods, alone and in gangs, of several priorities. */
    private static final class World {
        final ModelCluster model;
        final Random random;
        final boolean isVeto;

        World(long seed, boolean isVeto) {
            model = new ModelCluster(seed);
            random = model.random;
            this.isVeto = isVeto;
            model.wasSteered = false;
            int nodes = 1 + random.nextInt(4);
            for (int i = 0; i < nodes; i++) {
                model.node("node-" + i, 4 + 4 * random.nextInt(2), Map.of("leaf", "leaf-" + i / 2), true);
            }
            int many = random.nextInt(16);
            for (int i = 0; i < many; i++) {
                if (random.nextBoolean()) {
                    stand(make("single-" + i, 1 + random.nextInt(4), random.nextInt(3), Map.of()));
                } else {
                    gang("gang-" + i);
                }
            }
            model.restart(settings());
            settle();
        }

        EngineSettings settings() {
            return ModelCluster.settings(
                    true, isVeto ? EngineSettings.GangVictims.VETO : EngineSettings.GangVictims.WHOLE);
        }

        PodObject make(String name, int gpus, int priority, Map<String, String> annotations) {
            return model.create(name, gpus, false, false, priority, annotations, null);
        }

        /** Binds a pod to some node that has room, else deletes it. */
        void stand(PodObject pod) {
            List<String> names = model.feasible(pod);
            if (names.isEmpty()) {
                model.delete(pod);
            } else {
                model.bindNow(pod, names.get(random.nextInt(names.size())), Map.of());
            }
        }

        void gang(String name) {
            int size = 2 + random.nextInt(4);
            int min = random.nextInt(3) == 0 ? 1 + random.nextInt(size) : size;
            int priority = random.nextInt(3);
            boolean isMixed = random.nextInt(4) == 0;
            for (int i = 0; i < size; i++) {
                stand(make(
                        name + "-" + i,
                        1 + random.nextInt(2),
                        isMixed ? random.nextInt(4) : priority,
                        Map.of(GANG, name, "berth.dev/gang-size", "" + size, "berth.dev/gang-min", "" + min)));
            }
        }

        void settle() {
            boolean more = true;
            while (more) {
                more = model.deliver() || model.serve() || model.answer();
            }
        }

        List<PodObject> bound() {
            return model.pods.values().stream().filter(PodObject::isBound).toList();
        }

        List<PodObject> membersOf(String gang) {
            return bound().stream()
                    .filter(pod -> gang.equals(pod.annotations().get(GANG)))
                    .toList();
        }

        /** What kube-scheduler would propose, and now and then any less important pods of a node. */
        Map<String, Victims> proposal(PodObject preemptor) {
            Map<String, Victims> proposal = new TreeMap<>();
            for (String node : model.nodes.keySet()) {
                List<PodObject> victims = new ArrayList<>(model.victims(preemptor, node));
                if (random.nextInt(4) == 0) {
                    victims = new ArrayList<>(model.on(node));
                    victims.removeIf(
                            pod -> pod.spec().priority() >= preemptor.spec().priority() || random.nextBoolean());
                }
                victims.sort(byImportance());
                if (!victims.isEmpty()) {
                    proposal.put(
                            node,
                            new Victims(victims.stream().map(PodObject::uid).toList(), random.nextInt(3)));
                }
            }
            return proposal;
        }
    }

    private static Comparator<PodObject> byImportance() {
        return Comparator.comparingInt(pod -> -pod.spec().priority());
    }

    /** What may be done with one node, found by looking at each pod anew. */
    private record Expected(Set<String> victims, Set<String> elsewhere) {
        boolean takesFromElsewhere() {
            return !elsewhere.isEmpty();
        }

        /** As {@link PlainReading} counts what goes besides what was proposed. */
        long violations(Victims proposed) {
            Set<String> added = new HashSet<>(victims);
            added.addAll(elsewhere);
            proposed.uids().forEach(added::remove);
            return proposed.budgetViolations()
                    + (added.isEmpty()
                            ? 0
                            : added.stream().mapToInt(PlainReading::weight).sum()
                                    - proposed.uids().size());
        }
    }

    private static Expected expected(World world, PodObject preemptor, String node, List<String> proposed) {
        Set<String> victims = new HashSet<>(proposed);
        Set<String> gangs = new HashSet<>();
        proposed.forEach(uid -> {
            String gang = world.model.pods.get(uid).annotations().get(GANG);
            if (gang != null) {
                gangs.add(gang);
            }
        });
        Set<String> elsewhere = new HashSet<>();
        for (String gang : gangs) {
            List<PodObject> members = world.membersOf(gang);
            int min = Integer.parseInt(members.get(0).annotations().get("berth.dev/gang-min"));
            long left = members.stream()
                    .filter(pod -> !proposed.contains(pod.uid()))
                    .count();
            if (left >= min) {
                continue;
            }
            int here = members.stream()
                    .filter(pod -> node.equals(pod.spec().nodeName()))
                    .mapToInt(pod -> pod.spec().priority())
                    .max()
                    .orElseThrow();
            for (PodObject pod : members) {
                boolean isHere = node.equals(pod.spec().nodeName());
                boolean isAllowed = pod.spec().priority() < preemptor.spec().priority()
                        && (isHere || !world.isVeto && pod.spec().priority() <= here);
                if (!isAllowed) {
                    return null;
                }
                if (isHere) {
                    victims.add(pod.uid());
                } else {
                    elsewhere.add(pod.uid());
                }
            }
        }
        int room = world.model.freeGpus(node);
        for (String uid : victims) {
            room += ModelCluster.gpus(world.model.pods.get(uid));
        }
        return room >= ModelCluster.gpus(preemptor) ? new Expected(victims, elsewhere) : null;
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void nodesAreFreedAsANaiveReadingSays(@ForAll long seed, @ForAll boolean isVeto) {
        World world = new World(seed, isVeto);
        PodObject preemptor = preemptor(world);
        Map<String, Victims> proposal = world.proposal(preemptor);

        Map<String, Victims> answer = world.model.engine.preempt(preemptor, proposal);

        Map<String, Expected> possible = new LinkedHashMap<>();
        proposal.forEach((node, victims) -> {
            Expected one = expected(world, preemptor, node, victims.uids());
            if (one != null) {
                possible.put(node, one);
            }
        });
        boolean isAnyWithout = possible.values().stream().anyMatch(one -> !one.takesFromElsewhere());
        possible.values().removeIf(one -> isAnyWithout && one.takesFromElsewhere());
        assertThat(answer.keySet()).isEqualTo(possible.keySet());
        answer.forEach((node, victims) -> {
            assertThat(victims.uids()).doesNotHaveDuplicates();
            assertThat(new HashSet<>(victims.uids())).isEqualTo(possible.get(node).victims);
            assertThat(victims.uids())
                    .as("the most important first")
                    .isSortedAccordingTo(Comparator.comparing(world.model.pods::get, byImportance()));
            assertThat(victims.budgetViolations()).isEqualTo(possible.get(node).violations(proposal.get(node)));
        });
    }

    private static PodObject preemptor(World world) {
        PodObject preemptor = world.make("urgent", 1 + world.random.nextInt(8), 1 + world.random.nextInt(4), Map.of());
        world.settle();
        return preemptor;
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void whenANodeIsFreedThePodFitsAndNoGangIsLeftInPart(@ForAll long seed, @ForAll boolean isRestarted) {
        World world = new World(seed, false);
        PodObject preemptor = preemptor(world);
        Map<String, Victims> answer = world.model.engine.preempt(preemptor, world.proposal(preemptor));
        if (answer.isEmpty()) {
            return;
        }
        List<PodObject> before = world.bound();
        List<String> nodes = List.copyOf(answer.keySet());
        String node = nodes.get(world.random.nextInt(nodes.size()));
        List<PodObject> victims =
                answer.get(node).uids().stream().map(world.model.pods::get).toList();
        // kube-scheduler takes one after the other, and each ends when it likes.
        for (PodObject victim : victims) {
            world.model.preempt(victim);
            world.settle();
            world.model.now += 250;
            world.model.engine.tick();
        }
        if (isRestarted) {
            world.model.restart(world.settings());
        }
        do {
            world.settle();
            world.model.now += 2_000;
            world.model.engine.tick();
        } while (world.model.endOne());
        world.settle();

        Set<String> touched = new HashSet<>();
        victims.forEach(pod -> touched.add(pod.annotations().getOrDefault(GANG, "")));
        for (PodObject pod : before) {
            String gang = pod.annotations().get(GANG);
            boolean isGone = !world.model.pods.containsKey(pod.uid());
            if (isGone) {
                assertThat(pod.spec().priority()).isLessThan(preemptor.spec().priority());
            }
            if (gang == null || !touched.contains(gang)) {
                assertThat(isGone)
                        .as(pod.name())
                        .isEqualTo(answer.get(node).uids().contains(pod.uid()));
            } else {
                int min = Integer.parseInt(pod.annotations().get("berth.dev/gang-min"));
                assertThat(world.membersOf(gang).size())
                        .as("pods of %s that are left, of at least %d", gang, min)
                        .satisfiesAnyOf(
                                left -> assertThat(left).isZero(),
                                left -> assertThat(left).isGreaterThanOrEqualTo(min));
            }
        }
        assertThat(world.model.engine.filter(preemptor, List.of(node)).nodeNames())
                .containsExactly(node);
    }
}
