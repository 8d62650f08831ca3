package dev.berth.k8s.rig;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * Stands between one client and the API server of a {@link Rig}, and lets a test stop the client at exact steps: a chosen request
 * before it gets to the API server, or its answer before it gets back. Speaks HTTP/1.1 over TLS; upgraded connections pass through.
 * Thread-safe.
 */
public final class ApiProxy implements AutoCloseable {
    private static final Pattern LEASE_TIMES = Pattern.compile("\"(renewTime|acquireTime)\":\\s*\"([^\"]+)\"");
    private static final DateTimeFormatter MICRO_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final SSLServerSocket listener;
    private final SSLContext upstream;
    private final int apiPort;
    private final Path kubeconfig;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Breakpoint> breakpoints = new CopyOnWriteArrayList<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private volatile boolean cut;
    private volatile Duration clockSkew = Duration.ZERO;

    /**
     * Starts one.
     *
     * @param rig started with {@code --server-certificate proxy}
     * @param identity user or service account of the rig as whom the client's requests are made
     */
    public ApiProxy(Rig rig, String identity) {
        try {
            listener = (SSLServerSocket) Pem.context(rig, "server-proxy")
                    .getServerSocketFactory()
                    .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
            upstream = Pem.context(rig, identity);
            apiPort = rig.port("api");
            kubeconfig = Files.createTempFile(rig.folder(), identity + "-by-proxy-", ".kubeconfig");
            Files.writeString(
                    kubeconfig,
                    Files.readString(rig.kubeconfig(identity))
                            .replace("https://127.0.0.1:" + apiPort, "https://127.0.0.1:" + listener.getLocalPort()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        start("accept", this::accept);
    }

    /** For the client: the identity's own kubeconfig, but for the address. */
    public Path kubeconfig() {
        return kubeconfig;
    }

    /**
     * Stops the next such request before it gets to the API server.
     *
     * @param method such as {@code POST}
     * @param path a regular expression that is found in its path and query
     */
    public Breakpoint beforeRequest(String method, String path) {
        return breakpoint(method, path, false);
    }

    /** Stops the answer to the next such request, when the API server has done what was asked. */
    public Breakpoint beforeAnswer(String method, String path) {
        return breakpoint(method, path, true);
    }

    private Breakpoint breakpoint(String method, String path, boolean answered) {
        Breakpoint breakpoint = new Breakpoint(method, Pattern.compile(path), answered);
        breakpoints.add(breakpoint);
        return breakpoint;
    }

    /** Breaks every connection, and lets none through until {@link #mend}. */
    public void cut() {
        cut = true;
        open.forEach(ApiProxy::closeQuietly);
    }

    /** Ends {@link #cut}. */
    public void mend() {
        cut = false;
    }

    /** The client's clock is that much ahead, as far as leases can tell: what it writes into them, and what it reads from them. */
    public void skewClock(Duration ahead) {
        clockSkew = ahead;
    }

    /** Requests other than GET that were let through so far, as method and target. */
    public List<String> writes() {
        return List.copyOf(writes);
    }

    @Override
    public void close() {
        breakpoints.forEach(Breakpoint::drop);
        closeQuietly(listener);
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (cut) {
                    closeQuietly(client);
                } else {
                    start("connection", () -> serve(client));
                }
            } catch (IOException closed) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(closed);
                }
            }
        }
    }

    private void serve(Socket client) {
        open.add(client);
        Socket server = null;
        try {
            server = upstream.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), apiPort);
            open.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            if (!cut) {
                converse(client, server);
            }
        } catch (IOException broken) {
            // Either side may go at any time: that is what this class is for.
        } finally {
            closeQuietly(client);
            open.remove(client);
            if (server != null) {
                closeQuietly(server);
                open.remove(server);
            }
        }
    }

    private void converse(Socket client, Socket server) throws IOException {
        InputStream fromClient = new BufferedInputStream(client.getInputStream());
        InputStream fromServer = new BufferedInputStream(server.getInputStream());
        OutputStream toClient = client.getOutputStream();
        OutputStream toServer = server.getOutputStream();
        for (HttpMessage head = HttpMessage.readHead(fromClient);
                head != null;
                head = HttpMessage.readHead(fromClient)) {
            HttpMessage request = skewed(head, head.withBody(fromClient), clockSkew);
            Breakpoint hit = hit(request, false);
            if (hit != null && !hit.mayPass(request)) {
                return;
            }
            Breakpoint answerHit = hit(request, true);
            request.write(toServer);
            if (!request.method().equals("GET")) {
                writes.add(request.method() + " " + request.target());
            }
            HttpMessage answer = HttpMessage.readHead(fromServer);
            if (answer == null) {
                return;
            }
            if (answer.status() == 101) {
                answer.write(toClient);
                tunnel(client, server, fromClient, fromServer, toClient, toServer);
                return;
            }
            if (answer.isStream(request)) {
                answer.write(toClient);
                HttpMessage.passChunks(fromServer, toClient);
                continue;
            }
            boolean hasBody = !request.method().equals("HEAD") && answer.status() != 204 && answer.status() != 304;
            answer = skewed(request, hasBody ? answer.withBody(fromServer) : answer, clockSkew.negated());
            if (answerHit != null && !answerHit.mayPass(request)) {
                return;
            }
            answer.write(toClient);
        }
    }

    private static void tunnel(
            Socket client,
            Socket server,
            InputStream fromClient,
            InputStream fromServer,
            OutputStream toClient,
            OutputStream toServer)
            throws IOException {
        start("tunnel", () -> {
            try {
                fromClient.transferTo(toServer);
            } catch (IOException broken) {
                // As below: the other direction ends with it.
            } finally {
                closeQuietly(server);
                closeQuietly(client);
            }
        });
        fromServer.transferTo(toClient);
    }

    private @Nullable Breakpoint hit(HttpMessage request, boolean answered) {
        for (Breakpoint breakpoint : breakpoints) {
            if (breakpoint.answered == answered && breakpoint.matches(request)) {
                breakpoints.remove(breakpoint);
                return breakpoint;
            }
        }
        return null;
    }

    private static HttpMessage skewed(HttpMessage request, HttpMessage message, Duration by) {
        if (by.isZero() || message.body().isEmpty() || !request.target().contains("/leases")) {
            return message;
        }
        Matcher times = LEASE_TIMES.matcher(message.body());
        String shifted = times.replaceAll(match -> "\"" + match.group(1) + "\":\""
                + MICRO_TIME.format(OffsetDateTime.parse(match.group(2)).plus(by)) + "\"");
        return message.withBody(shifted);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "api-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception broken) {
            // It is broken, as it should be.
        }
    }

    /** A request that is stopped, or will be. It stays so until a test says how it goes on. Each is met once. */
    public static final class Breakpoint {
        private final String method;
        private final Pattern path;
        private final boolean answered;
        private @Nullable HttpMessage request;
        private @Nullable Boolean mayPass;

        private Breakpoint(String method, Pattern path, boolean answered) {
            this.method = method;
            this.path = path;
            this.answered = answered;
        }

        private boolean matches(HttpMessage candidate) {
            return candidate.method().equals(method)
                    && path.matcher(candidate.target()).find();
        }

        private synchronized boolean mayPass(HttpMessage stopped) {
            request = stopped;
            notifyAll();
            try {
                while (mayPass == null) {
                    wait();
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return false;
            }
            return mayPass;
        }

        /** Waits until a request is stopped here, and returns its body. */
        public synchronized String await() {
            long begun = System.nanoTime();
            try {
                while (request == null) {
                    if (System.nanoTime() - begun > Await.LONG.toNanos()) {
                        throw new AssertionError(
                                "no " + method + " of " + path + " within " + Await.LONG.toSeconds() + " s");
                    }
                    wait(1_000);
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", interrupted);
            }
            return request.body();
        }

        /** Lets what is stopped, or will be, go on. */
        public synchronized void pass() {
            mayPass = true;
            notifyAll();
        }

        /** Breaks the connection of what is stopped, or will be: the request never gets there, or its answer never back. */
        public synchronized void drop() {
            mayPass = false;
            notifyAll();
        }
    }
}
