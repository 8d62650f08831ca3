package dev.berth.k8s.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A headless Chromium with one page, driven over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */
final class Chromium implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** Only so that a browser that hangs ends the test. */
    private static final int PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = new ArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();

    private Chromium(Process process, Path profile, URI page) throws Exception {
        this.process = process;
        this.profile = profile;
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Listener())
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        send("Runtime.enable", Map.of());
        send("Log.enable", Map.of());
        send("Page.enable", Map.of());
    }

    /** Where it is on this machine. */
    static Optional<Path> find() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
            for (String name : List.of("chromium", "chromium-browser", "google-chrome", "chrome")) {
                Path path = Path.of(folder, name);
                if (Files.isExecutable(path)) {
                    return Optional.of(path);
                }
            }
        }
        return Optional.empty();
    }

    static Chromium start(Path program) throws Exception {
        Path profile = Files.createTempDirectory("berth-chromium");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        // As root, which containers of builds are, it does not start with it.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--hide-scrollbars",
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("log").toFile())
                .start();
        try {
            int port = port(process, profile);
            HttpResponse<String> pages = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            for (JsonNode page : MAPPER.readTree(pages.body())) {
                if (page.path("type").asText().equals("page")) {
                    return new Chromium(
                            process,
                            profile,
                            URI.create(page.path("webSocketDebuggerUrl").asText()));
                }
            }
            throw new IOException("Chromium has no page: " + pages.body());
        } catch (Exception e) {
            end(process);
            delete(profile);
            throw e;
        }
    }

    /** It writes the port that it chose into its profile. */
    private static int port(Process process, Path profile) throws Exception {
        Path file = profile.resolve("DevToolsActivePort");
        for (int tenth = 0; tenth < PATIENCE_SECONDS * 10; tenth++) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() >= 2) {
                    return Integer.parseInt(lines.get(0));
                }
            }
            if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                throw new IOException("Chromium ended at its start: " + Files.readString(profile.resolve("log")));
            }
        }
        throw new IOException("Chromium did not open its port");
    }

    /** What the console and the browser complained of: errors of scripts, breaches of the page's policy, failed requests. */
    List<String> complaints() {
        synchronized (complaints) {
            return List.copyOf(complaints);
        }
    }

    void forgetComplaints() {
        synchronized (complaints) {
            complaints.clear();
        }
    }

    /** Window size in CSS pixels. */
    void size(int width, int height) throws Exception {
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** What the system prefers, such as {@code prefers-color-scheme}: {@code dark}. */
    void prefer(Map<String, String> features) throws Exception {
        List<Map<String, String>> list = new ArrayList<>();
        features.forEach((name, value) -> list.add(Map.of("name", name, "value", value)));
        send("Emulation.setEmulatedMedia", Map.of("features", list));
    }

    void open(URI uri) throws Exception {
        send("Page.navigate", Map.of("url", uri.toString()));
    }

    /** The value of an expression, as JSON. */
    JsonNode eval(String expression) throws Exception {
        JsonNode result =
                send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** Waits until an expression is true; what it says instead is in the error. */
    void await(String expression) throws Exception {
        JsonNode last = null;
        for (int attempt = 0; attempt < PATIENCE_SECONDS * 20; attempt++) {
            // A frame of the browser's own clock between two looks.
            last = eval(
                    "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(" + expression + "), 30)))");
            if (last.asBoolean()) {
                return;
            }
        }
        throw new AssertionError("never true: " + expression + ", last " + last + "; complaints " + complaints());
    }

    /** Presses a key as a person does. */
    void press(String key) throws Exception {
        String text = key.length() == 1 ? key : key.equals("Enter") ? "\r" : "";
        int code = switch (key) {
            case "ArrowLeft" -> 37;
            case "ArrowUp" -> 38;
            case "ArrowRight" -> 39;
            case "ArrowDown" -> 40;
            case "Escape" -> 27;
            case "Enter" -> 13;
            default -> 0;
        };
        send(
                "Input.dispatchKeyEvent",
                Map.of("type", "keyDown", "key", key, "text", text, "windowsVirtualKeyCode", code));
        send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
    }

    void type(String text) throws Exception {
        send("Input.insertText", Map.of("text", text));
    }

    void click(double x, double y) throws Exception {
        for (String type : List.of("mousePressed", "mouseReleased")) {
            send("Input.dispatchMouseEvent", Map.of("type", type, "x", x, "y", y, "button", "left", "clickCount", 1));
        }
    }

    void screenshot(Path file) throws Exception {
        Files.createDirectories(file.getParent());
        JsonNode result = send("Page.captureScreenshot", Map.of("format", "png"));
        Files.write(file, Base64.getDecoder().decode(result.path("data").asText()));
    }

    JsonNode send(String method, Map<String, ?> params) throws Exception {
        int number = numbers.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(number, answer);
        ObjectNode message = MAPPER.createObjectNode().put("id", number).put("method", method);
        message.set("params", MAPPER.valueToTree(params));
        socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        JsonNode result;
        try {
            result = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("no answer to " + method, e);
        }
        if (result.has("error")) {
            throw new AssertionError(method + ": " + result.path("error"));
        }
        return result.path("result");
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        end(process);
        delete(profile);
    }

    /** With the processes that it started itself. */
    private static void end(Process process) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException | InterruptedException e) {
                throw new AssertionError("process " + one.pid() + " of Chromium does not end", e);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                String whole = message.toString();
                message.setLength(0);
                try {
                    received(MAPPER.readTree(whole.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    complain("not JSON: " + whole);
                }
            }
            from.request(1);
            return null;
        }

        private void received(JsonNode json) {
            if (json.has("id")) {
                CompletableFuture<JsonNode> answer =
                        answers.remove(json.path("id").asInt());
                if (answer != null) {
                    answer.complete(json);
                }
                return;
            }
            String method = json.path("method").asText();
            JsonNode params = json.path("params");
            if (method.equals("Runtime.exceptionThrown")) {
                complain(params.path("exceptionDetails").toString());
            } else if (method.equals("Log.entryAdded")
                    && params.path("entry").path("level").asText().equals("error")) {
                complain(params.path("entry").path("text").asText() + " "
                        + params.path("entry").path("url").asText());
            } else if (method.equals("Runtime.consoleAPICalled")
                    && params.path("type").asText().matches("error|warning")) {
                complain(params.path("args").toString());
            }
        }

        private void complain(String complaint) {
            synchronized (complaints) {
                complaints.add(complaint);
            }
        }
    }
}
