package dev.berth.k8s.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the pod that this process runs in while it is the one to ask, so that Services, which choose pods by their labels, lead to it alone. Readiness is not for that: of
 * several replicas one would be ready, no rollout would ever end, and no node of the leader could be drained.
 *
 * <p>Also makes Deployments take away other replicas before this one, so that a rollout changes the leader once. Whoever is marked takes the mark from the others: a leader that
 * hangs, or whose node cannot be reached, cannot do it itself. So one lease and one mark go with one namespace.
 *
 * <p>Needs a Role in that namespace with {@code get}, {@code list} and {@code patch} on {@code pods}. Looks and writes on a thread of its own, and tries again what fails. Thread-safe.
 */
public final class LeaderMark {
    /** The label; its value is {@code true}. */
    public static final String LABEL = "berth.dev/leader";

    /** Of the pods of a ReplicaSet that shrinks, those with the lowest number go first (Kubernetes, "Pod deletion cost"); without it a pod has 0. */
    private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    private static final int LOOK_MILLIS = 100;
    private static final int FAILED_MILLIS = 1_000;
    private static final int REQUEST_MILLIS = 5_000;
    private static final int MOST_BYTES = 16 << 20;
    private static final byte[] MARKED = patch("\"true\"", "\"100\"");
    private static final byte[] UNMARKED = patch("null", "null");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(LeaderMark.class);

    private final ApiAddress address;
    private final String path;
    private final String podName;
    private final BooleanSupplier isTheOne;
    private final Thread thread;
    private final CountDownLatch ending = new CountDownLatch(1);
    /** Null when it is not known: an earlier process in the same pod may have left the mark. */
    private @Nullable Boolean marked;

    private @Nullable String complaint;

    /**
     * A mark, once it is started.
     *
     * @param namespace of the pod
     * @param podName the pod that this process runs in
     * @param isTheOne whether this replica is the one to ask; it must return at once
     */
    public LeaderMark(ApiAddress address, String namespace, String podName, BooleanSupplier isTheOne) {
        this.address = address;
        this.path = "/api/v1/namespaces/" + Url.encode(namespace) + "/pods";
        this.podName = podName;
        this.isTheOne = isTheOne;
        thread = new Thread(this::run, "leader-mark");
        thread.setDaemon(true);
    }

    /** Begins. Once. */
    public void start() {
        thread.start();
    }

    /** Takes the mark away, if the API server takes that in a few seconds; to be called when this replica is not the one any more. */
    public void end() {
        ending.countDown();
        try {
            thread.join(2L * REQUEST_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            boolean isEnding = ending.getCount() == 0;
            boolean wanted = !isEnding && isTheOne.getAsBoolean();
            boolean failed = false;
            if (marked == null || marked != wanted) {
                failed = !mark(wanted);
            }
            if (isEnding) {
                return;
            }
            pause(failed ? FAILED_MILLIS : LOOK_MILLIS);
        }
    }

    /** Whether it was done. */
    private boolean mark(boolean wanted) {
        try (HttpConnection connection = address.connect(REQUEST_MILLIS)) {
            patch(connection, podName, wanted);
            if (wanted) {
                takeFromOthers(connection);
            }
            marked = wanted;
            complaint = null;
            LOG.info("the pod {} {} the label {}", podName, wanted ? "has" : "is without", LABEL);
            return true;
        } catch (IOException e) {
            String text = String.valueOf(e.getMessage());
            if (!text.equals(complaint)) {
                LOG.warn(
                        "the pod {} cannot be {}; trying again: {}",
                        podName,
                        wanted
                                ? "marked as that of the leader, so Services do not lead to it"
                                : "freed of the mark of the leader",
                        text);
                complaint = text;
            }
            return false;
        }
    }

    private void takeFromOthers(HttpConnection connection) throws IOException {
        String query = "?labelSelector=" + Url.encode(LABEL + "=true");
        for (JsonNode other : send(connection, "GET", path + query, null).path("items")) {
            String name = other.at("/metadata/name").asText();
            if (!name.equals(podName) && isTheOne.getAsBoolean()) {
                patch(connection, name, false);
                LOG.info("the pod {} had the label {} still", name, LABEL);
            }
        }
    }

    private void patch(HttpConnection connection, String pod, boolean wanted) throws IOException {
        send(connection, "PATCH", path + "/" + Url.encode(pod), wanted ? MARKED : UNMARKED);
    }

    private JsonNode send(HttpConnection connection, String method, String target, byte @Nullable [] body)
            throws IOException {
        HttpAnswer answer =
                connection.send(address, method, target, body == null ? null : Bodies.MERGE, body, REQUEST_MILLIS);
        if (answer.status() == 200) {
            return JSON.readTree(HttpConnection.text(answer, MOST_BYTES));
        }
        if (answer.status() == 401) {
            address.credentialsRefused();
        }
        String hint = answer.status() == 403
                ? " (needed is a Role with apiGroups [\"\"], resources [\"pods\"], verbs [get, list, patch])"
                : "";
        throw new IOException(method + " " + target + " is refused: " + Status.of(answer) + hint);
    }

    private void pause(int millis) {
        try {
            if (ending.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.debug("ending");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending.countDown();
        }
    }

    private static byte[] patch(String label, String cost) {
        return ("{\"metadata\":{\"labels\":{\"" + LABEL + "\":" + label + "},\"annotations\":{\"" + DELETION_COST
                        + "\":" + cost + "}}}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
