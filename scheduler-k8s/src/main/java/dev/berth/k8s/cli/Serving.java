package dev.berth.k8s.cli;

import dev.berth.k8s.api.ApiAddress;
import dev.berth.k8s.api.ApiSession;
import dev.berth.k8s.api.ApiWrites;
import dev.berth.k8s.api.LeaderLease;
import dev.berth.k8s.api.LeaderMark;
import dev.berth.k8s.api.PodPriorities;
import dev.berth.k8s.engine.Engine;
import dev.berth.k8s.engine.EngineClock;
import dev.berth.k8s.engine.ObjectReading;
import dev.berth.k8s.page.LivePage;
import dev.berth.k8s.readback.GpuReadBack;
import dev.berth.k8s.server.BerthServer;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All parts of a Berth that serves one cluster, put together. Used by one thread, but for {@link #stop}. */
final class Serving {
    private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
    private static final int DRAIN_MILLIS = 3_000;
    private static final int RELEASE_MILLIS = 2_000;
    private static final int IDLE_MILLIS = 1_000;

    private final ServeSettings settings;
    private final ApiWrites writes;
    private final Engine engine;
    private final ApiSession session;
    private final LeaderLease lease;
    private final @Nullable LeaderMark mark;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicReference<@Nullable LeaderLease> leaseOfWrites = new AtomicReference<>();
    private @Nullable BerthServer server;
    private @Nullable LivePage page;
    private @Nullable GpuReadBack readBack;
    private @Nullable Thread deciding;

    Serving(
            ServeSettings settings,
            ApiAddress address,
            String leaseNamespace,
            String identity,
            @Nullable String podName,
            @Nullable String podNamespace) {
        this.settings = settings;
        PodPriorities priorities = new PodPriorities();
        writes = new ApiWrites(
                address,
                settings.parallelWrites(),
                this::mayWrite,
                settings.lease().writeMillis(),
                priorities,
                identity);
        ObjectReading reading = new ObjectReading(settings.pods(), settings.cluster(), true);
        engine = new Engine(settings.engine(), reading, writes, EngineClock.SYSTEM);
        mark = podName == null || podNamespace == null ? null : new LeaderMark(address, podNamespace, podName);
        session = new ApiSession(address, engine, writes, priorities);
        new FactKinds(engine, reading).addTo(session, settings.mode() != ServeSettings.Mode.STEERED);
        lease = new LeaderLease(
                address, leaseNamespace, settings.leaseName(), identity, settings.lease(), leadership());
        leaseOfWrites.set(lease);
    }

    private LeaderLease.Listener leadership() {
        return new LeaderLease.Listener() {
            @Override
            public void lead() {
                engine.lead();
                if (mark != null) {
                    mark.set(true);
                }
            }

            @Override
            public void follow() {
                engine.follow();
                if (mark != null) {
                    mark.set(false);
                }
            }
        };
    }

    private boolean mayWrite() {
        LeaderLease of = leaseOfWrites.get();
        return of != null && of.mayWrite();
    }

    /**
     * Starts everything; what cannot be listened on is said at once.
     *
     * @throws IOException if an address cannot be listened on, or a file that the settings name cannot be read
     */
    void start() throws IOException {
        BerthServer started = BerthServer.start(settings.server(), engine, engine, engine);
        server = started;
        LivePage live = new LivePage(engine);
        page = live;
        live.handlers().forEach((path, handler) -> {
            started.pageRoutes().add(path, "GET", handler);
            started.pageRoutes().add(path, "HEAD", handler);
        });
        GpuReadBack reading;
        try {
            reading = new GpuReadBack(
                    settings.readBack(), Set.copyOf(settings.pods().gpuResources()), engine, started.registry());
        } catch (IOException e) {
            started.close();
            throw e;
        }
        readBack = reading;
        Thread thread = new Thread(this::decide, "decide");
        thread.setDaemon(true);
        deciding = thread;
        thread.start();
        if (mark != null) {
            mark.start();
        }
        // it looks at the lease at once, and takes it once everything has been seen: who has not seen everything cannot
        // decide
        session.onSynced(() -> {
            lease.stand();
            // Each replica reads, so that one that comes to lead knows. Of pods that it has not seen nothing would be
            // kept.
            reading.start();
        });
        session.start();
        lease.start();
        LOG.info("mode {}", settings.mode());
    }

    private void decide() {
        while (!stopping.get()) {
            try {
                if (engine.awaitWork(IDLE_MILLIS)) {
                    engine.work();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("deciding failed by an error in Berth", e);
            }
        }
    }

    /** Ends in order: no more writes, those under way, the lease, the rest. */
    void stop() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        LOG.info("ending");
        lease.resign();
        try {
            if (writes.stop(DRAIN_MILLIS)) {
                lease.release(RELEASE_MILLIS);
            } else {
                LOG.warn(
                        "a write is still under way after {} ms, so the lease is not given back but runs out",
                        DRAIN_MILLIS);
            }
            if (mark != null) {
                mark.stop(RELEASE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        GpuReadBack reading = readBack;
        if (reading != null) {
            reading.close();
        }
        session.stop();
        Thread thread = deciding;
        if (thread != null) {
            thread.interrupt();
        }
        LivePage live = page;
        if (live != null) {
            live.close();
        }
        BerthServer open = server;
        if (open != null) {
            open.close();
        }
        LOG.info("ended");
    }
}
