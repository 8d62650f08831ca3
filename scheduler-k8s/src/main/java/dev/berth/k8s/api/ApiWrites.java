package dev.berth.k8s.api;

import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Writes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the API server what the engine asks for. Answers are not decoded, only refusals are. Thread-safe.
 *
 * <p>Every write holds to the pod's UID: patches name it, and the API server refuses to change it (422); bindings and deletions have it as precondition (409). Both
 * were tried on a real API server, v1.36.3, and are in the tests.
 */
public final class ApiWrites implements Writes {
    /** So often is a pod read again when it changes between reading and patching. */
    private static final int MOST_READS = 4;

    private static final int MOST_MESSAGE_BYTES = 1024;

    private final WritePool pool;
    private final Teller teller;
    private final ToIntFunction<PodRef> priority;

    /**
     * Starts the threads that write.
     *
     * @param parallel how many requests at most are under way; measured best: 8
     * @param mayWrite whether this replica leads; asked right before each request is sent
     * @param timeoutMillis how long the API server may work on a request: time between the point from which on this replica may not write and that from which on another may
     * @param priority the pod's priority: what waits is written in its order
     * @param instance who reports events: the replica's name
     */
    public ApiWrites(
            ApiAddress address,
            int parallel,
            BooleanSupplier mayWrite,
            int timeoutMillis,
            ToIntFunction<PodRef> priority,
            String instance) {
        this.pool = new WritePool(address, parallel, mayWrite, timeoutMillis);
        this.priority = priority;
        this.teller = new Teller(pool, instance);
    }

    @Override
    public void release(
            PodRef pod,
            How how,
            String nodeName,
            boolean hasNodeTerms,
            Map<String, String> annotations,
            Consumer<Outcome> done) {
        Map<String, String> copy = Map.copyOf(annotations);
        pool.submit(
                priority.applyAsInt(pod),
                how == How.NOMINATE
                        ? requests -> nominate(requests, pod, nodeName, copy)
                        : hasNodeTerms
                                ? requests -> join(requests, pod, nodeName, copy)
                                : requests -> patch(requests, pod, "", Bodies.release(pod, nodeName, copy)),
                done);
    }

    @Override
    public void nominate(PodRef pod, String nodeName, Consumer<Outcome> done) {
        pool.submit(
                priority.applyAsInt(pod),
                requests -> patch(requests, pod, "/status", Bodies.nominate(pod, nodeName)),
                done);
    }

    @Override
    public void withdrawNomination(PodRef pod, String nodeName, Consumer<Outcome> done) {
        pool.submit(
                priority.applyAsInt(pod),
                requests -> outcome(requests.send(
                        "PATCH",
                        path(pod) + "/status",
                        Bodies.JSON_PATCH,
                        Bodies.withdrawNomination(pod, nodeName),
                        false)),
                done);
    }

    @Override
    public void ungate(PodRef pod, Consumer<Outcome> done) {
        pool.submit(
                priority.applyAsInt(pod),
                requests -> patch(requests, pod, "", Bodies.release(pod, null, Map.of())),
                done);
    }

    @Override
    public void bind(PodRef pod, String nodeName, Map<String, String> annotations, Consumer<Outcome> done) {
        Map<String, String> copy = Map.copyOf(annotations);
        // kube-scheduler gives up a bind after a few seconds, and thousands of releases may wait.
        pool.submit(
                WritePool.WAITED_FOR + priority.applyAsInt(pod),
                requests -> outcome(requests.send(
                        "POST", path(pod) + "/binding", Bodies.JSON_TYPE, Bodies.binding(pod, nodeName, copy), false)),
                done);
    }

    @Override
    public void delete(PodRef pod, Consumer<Outcome> done) {
        pool.submit(
                priority.applyAsInt(pod),
                requests -> outcome(requests.send("DELETE", path(pod), Bodies.JSON_TYPE, Bodies.deletion(pod), false)),
                done);
    }

    @Override
    public void evict(PodRef pod, String why, Consumer<Outcome> done) {
        pool.submit(
                priority.applyAsInt(pod),
                requests -> {
                    String now = Teller.seconds(System.currentTimeMillis());
                    Outcome noted = patch(
                            requests, pod, "/status", Bodies.preempted(pod, Teller.cut(why, MOST_MESSAGE_BYTES), now));
                    // A note that is refused is no reason to leave the pod where it is of no use.
                    return noted.kind() == Outcome.Kind.DONE || noted.kind() == Outcome.Kind.REFUSED
                            ? outcome(requests.send("DELETE", path(pod), Bodies.JSON_TYPE, Bodies.deletion(pod), false))
                            : noted;
                },
                done);
    }

    @Override
    public void tell(PodRef pod, boolean warning, String reason, String message, @Nullable Boolean placed) {
        teller.tell(pod, warning, reason, message, placed);
    }

    /** Writes what was put off so that people are not told too often. To be called several times a second. */
    public void tick() {
        teller.tick();
    }

    /** A pod is gone: nothing is to be remembered of it. */
    public void forget(PodRef pod) {
        teller.forget(pod);
    }

    /** How many writes wait or are under way. */
    public int pending() {
        return pool.pending();
    }

    /** How many requests were sent. */
    public long sent() {
        return pool.sent();
    }

    /**
     * Sends no more and waits for what is under way.
     *
     * @return whether nothing is under way any more
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public boolean stop(long mostMillis) throws InterruptedException {
        return pool.stop(mostMillis);
    }

    static String path(PodRef pod) {
        return "/api/v1/namespaces/" + Url.encode(pod.namespace()) + "/pods/" + Url.encode(pod.name());
    }

    private static Outcome patch(WritePool.Requests requests, PodRef pod, String subresource, byte[] body)
            throws IOException {
        return outcome(requests.send("PATCH", path(pod) + subresource, Bodies.STRATEGIC_MERGE, body, true));
    }

    private static Outcome nominate(
            WritePool.Requests requests, PodRef pod, String nodeName, Map<String, String> annotations)
            throws IOException {
        Outcome nominated = patch(requests, pod, "/status", Bodies.nominate(pod, nodeName));
        return nominated.kind() == Outcome.Kind.DONE
                ? patch(requests, pod, "", Bodies.release(pod, null, annotations))
                : nominated;
    }

    /** For a pod with node terms of its own. */
    private static Outcome join(
            WritePool.Requests requests, PodRef pod, String nodeName, Map<String, String> annotations)
            throws IOException {
        for (int i = 0; i < MOST_READS; i++) {
            String read = requests.get(path(pod));
            if (read == null) {
                return new Outcome(Outcome.Kind.GONE, "pod " + pod + " is not there any more");
            }
            PinPatch.Result patch = PinPatch.of(read, pod, nodeName, annotations);
            if (patch.body() == null && patch.problem().isEmpty()) {
                return Outcome.DONE;
            }
            if (patch.body() == null) {
                return new Outcome(
                        patch.gone() ? Outcome.Kind.GONE : Outcome.Kind.REFUSED, "pod " + pod + ": " + patch.problem());
            }
            Status refused = requests.send(
                    "PATCH", path(pod), Bodies.JSON_PATCH, patch.body().getBytes(StandardCharsets.UTF_8), false);
            // a test that does not hold says no more than this; what is really wrong with the patch says where
            boolean changed = refused != null
                    && refused.code() == 422
                    && !refused.message().contains(" is invalid: ");
            if (!changed) {
                return outcome(refused);
            }
        }
        return new Outcome(Outcome.Kind.BUSY, "pod " + pod + " changes faster than it can be patched");
    }

    /** What a refusal means. */
    static Outcome outcome(@Nullable Status refused) {
        if (refused == null) {
            return Outcome.DONE;
        }
        String message = refused.message();
        Outcome.Kind kind;
        if (refused.code() == 404) {
            kind = Outcome.Kind.GONE;
        } else if (refused.code() == 422 && message.contains("metadata.uid: Invalid value")) {
            // a patch that names the UID of an earlier pod
            kind = Outcome.Kind.GONE;
        } else if (refused.code() == 409
                && (message.contains("UID in precondition") || message.contains("UID in the precondition"))) {
            kind = Outcome.Kind.GONE;
        } else if (refused.code() == 409 && message.contains("the object has been modified")) {
            kind = Outcome.Kind.BUSY;
        } else {
            kind = Outcome.Kind.REFUSED;
        }
        return new Outcome(kind, refused.toString());
    }
}
