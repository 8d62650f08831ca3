package dev.berth.k8s.api;

import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.objects.GroupJson;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeJson;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells {@link ClusterEvents} of all nodes, pods and pod groups of the cluster, and others of other kinds; says when everything has been told once, and ten times a second that time
 * passes. Thread-safe once started.
 */
public final class ApiSession {
    /** Time between two ticks. */
    static final int TICK_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(ApiSession.class);

    private final ApiAddress address;
    private final ClusterEvents events;
    private final ApiWrites writes;
    private final List<Reflector<?, ?>> reflectors = new ArrayList<>();
    private final AtomicInteger unlisted = new AtomicInteger();
    private final CountDownLatch synced = new CountDownLatch(1);
    private final CountDownLatch stopping = new CountDownLatch(1);
    private Runnable whenSynced = () -> {};

    /**
     * Of a cluster. Nothing happens before {@link #start}.
     *
     * @param writes is told of the pods that go, and that time passes
     */
    public ApiSession(ApiAddress address, ClusterEvents events, ApiWrites writes, PodPriorities priorities) {
        this.address = address;
        this.events = events;
        this.writes = writes;
        follow(Kind.required("/api/v1/nodes", (json, version) -> NodeJson.read(json), NodeObject::name), nodes());
        follow(
                Kind.required(
                        "/api/v1/pods",
                        (json, version) -> PodJson.read(json),
                        pod -> new PodRef(pod.namespace(), pod.name(), pod.uid())),
                pods(priorities));
        followGroups("podgroups", "scheduling.k8s.io", "v1beta1", "v1alpha3", "v1alpha2");
        followGroups("podgroups", "scheduling.x-k8s.io", "v1alpha1");
        followGroups("podgroups", "scheduling.sigs.k8s.io", "v1alpha1");
        followGroups("podgroups", "scheduling.volcano.sh", "v1beta1");
        followGroups("podgroups", "scheduling.run.ai", "v2alpha2");
        followGroups("podgangs", "scheduler.grove.io", "v1alpha1");
    }

    /** What tells one group from another. */
    private record GroupKey(String convention, String namespace, String name) {}

    private void followGroups(String resource, String apiGroup, String... versions) {
        List<String> paths = new ArrayList<>();
        for (String version : versions) {
            paths.add("/apis/" + apiGroup + "/" + version + "/" + resource);
        }
        follow(
                new Kind<>(
                        paths,
                        true,
                        GroupJson::read,
                        group -> new GroupKey(group.convention(), group.namespace(), group.name())),
                new Sink<GroupObject, GroupKey>() {
                    @Override
                    public void seen(GroupObject group) {
                        events.groupSeen(group);
                    }

                    @Override
                    public void gone(GroupKey key) {
                        events.groupGone(key.convention(), key.namespace(), key.name());
                    }

                    @Override
                    public void listed() {}
                });
    }

    /**
     * Follows one more kind; before {@link #start}. It counts as seen once it has been listed, or the API server does not know it.
     *
     * @param <T> what is made of an object
     * @param <K> its key
     * @param sink is called by a thread of its own
     */
    public <T, K> void follow(Kind<T, K> kind, Sink<T, K> sink) {
        unlisted.incrementAndGet();
        reflectors.add(new Reflector<>(address, kind, new Sink<T, K>() {
            private boolean once;

            @Override
            public void seen(T object) {
                sink.seen(object);
            }

            @Override
            public void gone(K key) {
                sink.gone(key);
            }

            @Override
            public void listed() {
                sink.listed();
                if (!once) {
                    once = true;
                    oneListed();
                }
            }
        }));
    }

    private void oneListed() {
        if (unlisted.decrementAndGet() == 0) {
            LOG.info("everything in the cluster has been seen");
            events.synced();
            synced.countDown();
            whenSynced.run();
        }
    }

    private Sink<NodeObject, String> nodes() {
        return new Sink<>() {
            @Override
            public void seen(NodeObject node) {
                events.nodeSeen(node);
            }

            @Override
            public void gone(String name) {
                events.nodeGone(name);
            }

            @Override
            public void listed() {}
        };
    }

    private Sink<PodObject, PodRef> pods(PodPriorities priorities) {
        return new Sink<>() {
            @Override
            public void seen(PodObject pod) {
                priorities.seen(pod);
                events.podSeen(pod);
            }

            @Override
            public void gone(PodRef pod) {
                events.podGone(pod);
                priorities.gone(pod);
                writes.forget(pod);
            }

            @Override
            public void listed() {}
        };
    }

    /** Begins. Once. */
    public void start() {
        for (Reflector<?, ?> reflector : reflectors) {
            reflector.start();
        }
        Thread ticks = new Thread(this::tick, "ticks");
        ticks.setDaemon(true);
        ticks.start();
    }

    /** Has something run once everything has been seen, after the engine knows; before {@link #start}. */
    public void onSynced(Runnable then) {
        whenSynced = then;
    }

    /** Whether everything has been seen. */
    public boolean isSynced() {
        return synced.getCount() == 0;
    }

    /** Ends, without waiting for what is being told at this moment. */
    public void stop() {
        stopping.countDown();
        for (Reflector<?, ?> reflector : reflectors) {
            reflector.stop();
        }
    }

    private void tick() {
        try {
            while (!stopping.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                try {
                    events.tick();
                    writes.tick();
                } catch (RuntimeException e) {
                    LOG.error("a tick failed by an error in Berth", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
