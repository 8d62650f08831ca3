package dev.berth.k8s.cli;

import dev.berth.k8s.api.ApiSession;
import dev.berth.k8s.api.Kind;
import dev.berth.k8s.api.ObjectReader;
import dev.berth.k8s.api.Sink;
import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.ObjectReading;
import dev.berth.k8s.nodes.Budgets;
import dev.berth.k8s.nodes.Eligibility;
import dev.berth.k8s.nodes.TopologyStore;
import dev.berth.k8s.objects.BudgetObject;
import dev.berth.k8s.objects.ClaimObject;
import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.LevelsObject;
import dev.berth.k8s.objects.ResourceSliceJson;
import dev.berth.k8s.objects.ResourceSliceObject;
import dev.berth.k8s.objects.StorageClassObject;
import dev.berth.k8s.objects.StorageJson;
import dev.berth.k8s.objects.TopologyJson;
import dev.berth.k8s.objects.VolumeObject;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** The kinds that the engine knows nothing of and its reading does: volumes, topology objects, devices. */
final class FactKinds {
    private final ClusterEvents events;
    private final ObjectReading reading;
    /** Read and changed under the engine's lock alone. */
    private final TopologyStore topology = new TopologyStore();

    FactKinds(ClusterEvents events, ObjectReading reading) {
        this.events = events;
        this.reading = reading;
    }

    /** What tells one object of a kind from another. */
    private record ObjectKey(String namespace, String name) {}

    /** @param withBudgets whether kube-scheduler asks which nodes to free */
    void addTo(ApiSession session, boolean withBudgets) {
        if (withBudgets) {
            followBudgets(session, reading.budgets());
        }
        Eligibility eligibility = reading.eligibility();
        session.follow(
                Kind.required(
                        "/api/v1/persistentvolumeclaims",
                        (json, version) -> StorageJson.claim(json),
                        (ClaimObject claim) -> new ObjectKey(claim.namespace(), claim.name())),
                facts(eligibility::claimSeen, key -> eligibility.claimGone(key.namespace(), key.name())));
        session.follow(
                Kind.required(
                        "/api/v1/persistentvolumes", (json, version) -> StorageJson.volume(json), VolumeObject::name),
                facts(eligibility::volumeSeen, eligibility::volumeGone));
        session.follow(
                Kind.required(
                        "/apis/storage.k8s.io/v1/storageclasses",
                        (json, version) -> StorageJson.storageClass(json),
                        StorageClassObject::name),
                facts(eligibility::storageClassSeen, eligibility::storageClassGone));

        followLevels(
                session, "kueue", "/apis/kueue.x-k8s.io/v1beta2/topologies", "/apis/kueue.x-k8s.io/v1beta1/topologies");
        followLevels(session, "kai", "/apis/kai.scheduler/v1alpha1/topologies");
        followLevels(session, "koordinator", "/apis/scheduling.koordinator.sh/v1alpha1/clusternetworktopologies");
        follow(
                session,
                List.of("/apis/topology.volcano.sh/v1alpha1/hypernodes"),
                (json, version) -> TopologyJson.hyperNode(json),
                HyperNodeObject::name,
                topology::seen,
                topology::hyperNodeGone);
        follow(
                session,
                List.of(
                        "/apis/resource.k8s.io/v1/resourceslices",
                        "/apis/resource.k8s.io/v1beta2/resourceslices",
                        "/apis/resource.k8s.io/v1beta1/resourceslices"),
                (json, version) -> ResourceSliceJson.read(json),
                ResourceSliceObject::name,
                topology::seen,
                topology::sliceGone);
    }

    /** Optional, though every API server has them: without them preemption is a little worse, and nothing else. */
    private static void followBudgets(ApiSession session, Budgets budgets) {
        session.follow(
                new Kind<>(
                        List.of("/apis/policy/v1/poddisruptionbudgets"),
                        true,
                        (json, version) -> BudgetObject.read(json),
                        budget -> new ObjectKey(budget.namespace(), budget.name())),
                new Sink<BudgetObject, ObjectKey>() {
                    @Override
                    public void seen(BudgetObject budget) {
                        budgets.seen(budget);
                    }

                    @Override
                    public void gone(ObjectKey key) {
                        budgets.gone(key.namespace(), key.name());
                    }

                    @Override
                    public void listed() {}
                });
    }

    private void followLevels(ApiSession session, String kind, String... paths) {
        follow(
                session,
                List.of(paths),
                TopologyJson::levels,
                LevelsObject::name,
                topology::seen,
                name -> topology.levelsGone(kind, name));
    }

    private <T> void follow(
            ApiSession session,
            List<String> paths,
            ObjectReader<T> reader,
            Function<T, String> name,
            Predicate<T> seen,
            Predicate<String> gone) {
        session.follow(new Kind<>(paths, true, reader, name), new Sink<T, String>() {
            @Override
            public void seen(T object) {
                changeTopology(() -> seen.test(object));
            }

            @Override
            public void gone(String key) {
                changeTopology(() -> gone.test(key));
            }

            @Override
            public void listed() {}
        });
    }

    private void changeTopology(BooleanSupplier change) {
        events.factSeen(
                () -> {
                    if (change.getAsBoolean()) {
                        reading.topology(topology.objects());
                    }
                },
                true);
    }

    private <T, K> Sink<T, K> facts(Consumer<T> seen, Consumer<K> gone) {
        return new Sink<>() {
            @Override
            public void seen(T object) {
                events.factSeen(() -> seen.accept(object), false);
            }

            @Override
            public void gone(K key) {
                events.factSeen(() -> gone.accept(key), false);
            }

            @Override
            public void listed() {}
        };
    }
}
