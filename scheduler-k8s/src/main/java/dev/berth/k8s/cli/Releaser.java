package dev.berth.k8s.cli;

import dev.berth.k8s.engine.EngineSettings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Takes Berth's gate off pods. Thread-safe. */
final class Releaser {
    /** Requests at a time: enough to keep an API server busy, not enough to be in the way of others. */
    private static final int WORKERS = 8;
    /** A pod's list of gates only ever grows shorter, so that this is more than enough. */
    private static final int ATTEMPTS = 5;

    /** For a request with its retries. */
    private static final int PATIENCE_SECONDS = 120;

    private static final int UNPROCESSABLE = 422;
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;

    Releaser(KubernetesClient client) {
        this.client = client;
    }

    /**
     * What became of a pod.
     *
     * @param pod it, as it was found
     * @param kind what became of it
     * @param message why it failed; else empty
     */
    record Result(Gated pod, Kind kind, String message) {}

    /** What became of a pod. */
    enum Kind {
        /** The gate is off. */
        RELEASED,
        /** Somebody else took the gate off meanwhile, such as Berth. */
        FREE,
        /** The pod has gone meanwhile. */
        GONE,
        /** The gate is still on. */
        FAILED
    }

    /**
     * Takes the gate off all of them, and goes on after a failure.
     *
     * @param done called with how many are done, from this thread
     * @return in the order of the pods
     */
    List<Result> release(List<Gated> pods, LongConsumer done) throws InterruptedException {
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        try {
            List<Future<Result>> futures = new ArrayList<>();
            for (Gated pod : pods) {
                futures.add(workers.submit(() -> release(pod)));
            }
            List<Result> results = new ArrayList<>();
            for (Future<Result> future : futures) {
                results.add(future.get());
                done.accept(results.size());
            }
            return results;
        } catch (ExecutionException e) {
            throw new IllegalStateException("releasing a pod failed in a way that is not the API server's", e);
        } finally {
            workers.shutdownNow();
        }
    }

    /** One pod. */
    Result release(Gated found) {
        Gated now = found;
        String refused = "";
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                HttpResponse<String> response = patch(now);
                if (response.isSuccessful()) {
                    return new Result(found, Kind.RELEASED, "");
                }
                if (response.code() == NOT_FOUND) {
                    return new Result(found, Kind.GONE, "");
                }
                ErrorBody error = ErrorBody.of(Objects.requireNonNullElse(response.body(), ""));
                refused = error.message().isEmpty() ? "the API server answered " + response.code() : error.message();
                if (response.code() != UNPROCESSABLE && response.code() != CONFLICT) {
                    return new Result(found, Kind.FAILED, refused);
                }
                // The pod is not as it was: look again.
                @Nullable
                Pod pod = client.pods()
                        .inNamespace(found.pod().namespace())
                        .withName(found.pod().name())
                        .get();
                if (pod == null || !pod.getMetadata().getUid().equals(found.uid())) {
                    return new Result(found, Kind.GONE, "");
                }
                @Nullable Gated again = Gated.of(pod);
                if (again == null) {
                    return new Result(found, Kind.FREE, "");
                }
                now = again;
            }
            return new Result(found, Kind.FAILED, refused);
        } catch (KubernetesClientException e) {
            return new Result(found, Kind.FAILED, KubeFailure.message(e));
        } catch (ExecutionException | TimeoutException e) {
            return new Result(found, Kind.FAILED, Texts.rootMessage(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(found, Kind.FAILED, "interrupted");
        }
    }

    /**
     * Only this pod's, and only Berth's gate: the tests of the patch (RFC 6902) are the API server's to hold. Not by fabric8's own patch, which reads the pod
     * before.
     */
    private HttpResponse<String> patch(Gated pod) throws ExecutionException, TimeoutException, InterruptedException {
        String gate = "/spec/schedulingGates/" + pod.gate();
        String patch = "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"" + pod.uid() + "\"},"
                + "{\"op\":\"test\",\"path\":\"" + gate + "/name\",\"value\":\"" + EngineSettings.GATE + "\"},"
                + "{\"op\":\"remove\",\"path\":\"" + gate + "\"}]";
        URI uri = URI.create(client.getMasterUrl() + "api/v1/namespaces/"
                + BerthWay.encoded(pod.pod().namespace()) + "/pods/"
                + BerthWay.encoded(pod.pod().name()));
        return client.getHttpClient()
                .sendAsync(
                        client.getHttpClient()
                                .newHttpRequestBuilder()
                                .uri(uri)
                                .method("PATCH", "application/json-patch+json", patch)
                                .build(),
                        String.class)
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
