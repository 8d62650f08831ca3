package dev.berth.k8s.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A process {@code berth k8s serve} of the classes under test. Thread-safe. */
public final class BerthProcess implements AutoCloseable {
    private static final AtomicInteger STARTED = new AtomicInteger();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final BerthSettings settings;
    private final Process process;
    private final Path log;
    private final Thread atExit;

    private BerthProcess(BerthSettings settings, Process process, Path log) {
        this.settings = settings;
        this.process = process;
        this.log = log;
        atExit = new Thread(process::destroyForcibly, "berth-end");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts one; it is not ready yet when this returns. */
    public static BerthProcess start(Rig rig, BerthSettings settings) {
        try {
            int number = STARTED.incrementAndGet();
            Path config = rig.folder().resolve("berth-" + number + ".yaml");
            Files.writeString(config, settings.yaml(rig));
            Path log = rig.folder().resolve("logs").resolve("berth-" + number + ".log");
            // Started quickly rather than fast when warm: tests start many.
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "dev.berth.planner.cli.Main",
                            "k8s",
                            "serve",
                            "--config",
                            config.toString(),
                            "--kubeconfig",
                            settings.kubeconfig().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            process.getOutputStream().close();
            return new BerthProcess(settings, process, log);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** What it was started with. */
    public BerthSettings settings() {
        return settings;
    }

    /** Waits until it leads and has seen everything. */
    public BerthProcess awaitReady() {
        return awaitOk("/readyz");
    }

    /** Waits until it has seen everything, and could lead. */
    public BerthProcess awaitSynced() {
        return awaitOk("/syncz");
    }

    private BerthProcess awaitOk(String path) {
        Await.until(path + " of Berth, which said:\n" + log(), () -> {
            if (!process.isAlive()) {
                throw new AssertionError("Berth ended with exit code " + process.exitValue() + ":\n" + log());
            }
            return isOk(path);
        });
        return this;
    }

    /** Whether it leads, now. */
    public boolean isReady() {
        return process.isAlive() && isOk("/readyz");
    }

    private boolean isOk(String path) {
        try {
            return get(settings.ports().metrics(), path, Duration.ofSeconds(2)).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** All metrics as text. */
    public String metrics() {
        return text(settings.ports().metrics(), "/metrics");
    }

    /** A metric without labels, or none when there is none. */
    public OptionalDouble metric(String name) {
        return metrics()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst();
    }

    /** What the live page is made of. */
    public JsonNode view() {
        return json("/v1/view");
    }

    /** Why a pod stands where it stands, or not yet; the pod is one that it {@linkplain #knows knows}. */
    public JsonNode why(String namespace, String pod) {
        return json(whyPath(namespace, pod));
    }

    /** Whether its watch has told it of a pod. */
    public boolean knows(String namespace, String pod) {
        try {
            return get(settings.ports().page(), whyPath(namespace, pod), Duration.ofSeconds(20))
                            .statusCode()
                    != 404;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String whyPath(String namespace, String pod) {
        return "/v1/why?namespace=" + namespace + "&pod=" + pod;
    }

    private JsonNode json(String path) {
        try {
            return JSON.readTree(text(settings.ports().page(), path));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String text(int port, String path) {
        try {
            HttpResponse<String> answer = get(port, path, Duration.ofSeconds(20));
            if (answer.statusCode() != 200) {
                throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static HttpResponse<String> get(int port, String path, Duration longest) throws IOException {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .timeout(longest)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** What it has said so far. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Ends it at once, as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Asks it to end, waits until it has, and returns its exit code. */
    public int terminate() {
        process.destroy();
        awaitEnd();
        return process.exitValue();
    }

    /** Stops it in the middle of whatever it does, as a long pause of its machine would. */
    public void pause() {
        signal("STOP");
    }

    /** Ends {@link #pause}. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        Rig.run(List.of("kill", "-" + name, Long.toString(process.pid())));
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(Await.LONG.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Berth does not end; it said:\n" + log());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}
