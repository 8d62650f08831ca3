package dev.berth.k8s.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.berth.k8s.server.ServerSettings.Limits;
import dev.berth.k8s.server.ServerSettings.Listener;
import dev.berth.k8s.server.ServerSettings.Security;
import dev.berth.k8s.tls.CipherOrder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address, with its routes and threads. Thread-safe. */
final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    private final String name;
    private final Listener settings;
    private final Limits limits;
    private final Routes routes;
    private final ServerMetrics metrics;
    private final Workers workers;
    private final BodyReader bodies;
    private final @Nullable TlsMaterial tls;
    private final HttpServer server;

    HttpListener(String name, Listener settings, Limits limits, int threads, Routes routes, ServerMetrics metrics)
            throws IOException {
        this.name = name;
        this.settings = settings;
        this.limits = limits;
        this.routes = routes;
        this.metrics = metrics;
        bodies = new BodyReader(limits);
        tls = settings.security() == Security.PLAIN ? null : TlsMaterial.load(name, settings);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(settings.host()), settings.port());
        try {
            server = tls == null ? HttpServer.create(address, limits.connections()) : secure(address, tls);
        } catch (IOException e) {
            throw new IOException(
                    name + " cannot listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage(), e);
        }
        workers = new Workers("berth-" + name, threads, limits);
        server.setExecutor(workers);
        server.createContext("/", this::dispatch);
    }

    private HttpServer secure(InetSocketAddress address, TlsMaterial material) throws IOException {
        HttpsServer secure = HttpsServer.create(address, limits.connections());
        boolean clients = settings.security() == Security.MUTUAL_TLS;
        secure.setHttpsConfigurator(new HttpsConfigurator(material.context()) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
                ssl.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
                ssl.setNeedClientAuth(clients);
                CipherOrder.apply(ssl);
                parameters.setSSLParameters(ssl);
            }
        });
        return secure;
    }

    void start() {
        server.start();
        if (settings.security() == Security.PLAIN
                && !server.getAddress().getAddress().isLoopbackAddress()
                && !name.equals("health")) {
            LOG.warn(
                    "{} listens on {} without TLS: whoever reaches the port can speak as the scheduler",
                    name,
                    address());
        }
        LOG.info("{} listens on {}, {}", name, address(), settings.security());
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    String name() {
        return name;
    }

    Workers workers() {
        return workers;
    }

    @Nullable
    TlsMaterial tls() {
        return tls;
    }

    /** Called several times a second. */
    void guard(long nowNanos) {
        workers.guard(nowNanos);
    }

    /** @throws IOException to have the JDK's server forget the connection, when the client did not get its answer */
    private void dispatch(HttpExchange exchange) throws IOException {
        long startNanos = System.nanoTime();
        Workers.enter(Workers.Phase.THINKING);
        String[] verb = {"other"};
        Call call = new Call(
                exchange, bodies, status -> metrics.finished(name, verb[0], status, System.nanoTime() - startNanos));
        Failures failures = Failures.PLAIN_TEXT;
        try {
            String path = exchange.getRequestURI().getPath();
            Map<String, Routes.Route> methods = path == null ? null : routes.find(path);
            if (methods == null || methods.isEmpty()) {
                throw new HttpFailure(
                        HttpFailure.NOT_FOUND,
                        JsonText.printable(String.valueOf(path)) + " is not here, allowed: "
                                + String.join(", ", routes.paths()));
            }
            failures = methods.values().iterator().next().failures();
            verb[0] = methods.values().iterator().next().name();
            Routes.Route route = methods.get(exchange.getRequestMethod());
            if (route == null) {
                String allowed = Routes.allowed(methods.keySet());
                call.setHeader("Allow", allowed);
                throw new HttpFailure(
                        HttpFailure.METHOD_NOT_ALLOWED,
                        "the method is " + JsonText.printable(exchange.getRequestMethod()) + ", allowed: " + allowed);
            }
            failures = route.failures();
            requireName(exchange);
            requireTimely();
            route.handler().handle(call);
            if (call.isHanded()) {
                metrics.finished(
                        name, verb[0], Math.max(0, exchange.getResponseCode()), System.nanoTime() - startNanos);
            }
        } catch (HttpFailure e) {
            call.answer(e.status(), failures.contentType(), failures.wording().of(e.sentence()));
        } catch (IOException e) {
            LOG.debug("{}: {} went away: {}", name, exchange.getRemoteAddress(), e.toString());
            call.drop();
        } catch (Throwable e) { // The server must live, whatever goes wrong for one request.
            internal(call, exchange, failures, e);
        }
        if (call.isBroken()) {
            throw new IOException("the client did not get its answer");
        }
    }

    private void internal(Call call, HttpExchange exchange, Failures failures, Throwable e) {
        String id = newId();
        LOG.error("{}: {} {} failed, id {}", name, exchange.getRequestMethod(), exchange.getRequestURI(), id, e);
        metrics.internalError();
        if (exchange.getResponseCode() < 0) {
            call.answer(
                    failures.internalStatus(),
                    failures.contentType(),
                    failures.wording().of(internalSentence(id)));
        } else {
            call.drop();
        }
    }

    /** What a client is told when Berth itself failed. */
    static String internalSentence(String id) {
        return "Berth failed; its log says more under id " + id;
    }

    /** What joins an answer to an entry in the log. */
    static String newId() {
        return Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    }

    private void requireName(HttpExchange exchange) throws HttpFailure, IOException {
        if (!settings.clientNames().isEmpty() && exchange instanceof HttpsExchange secure) {
            String client =
                    CommonName.of(secure.getSSLSession().getPeerPrincipal().getName());
            if (!settings.clientNames().contains(client)) {
                throw new HttpFailure(
                        HttpFailure.FORBIDDEN,
                        "the client's certificate has the common name " + JsonText.printable(client) + ", allowed: "
                                + String.join(", ", settings.clientNames()));
            }
        }
    }

    /** A client that waited so long has given up; what is done for it then would only be in the way of others. */
    private void requireTimely() throws HttpFailure {
        Workers.Work work = Workers.current();
        if (work != null && work.waitedNanos() > limits.queue().toNanos()) {
            throw new HttpFailure(
                    HttpFailure.UNAVAILABLE,
                    "too many requests: this one waited for more than "
                            + limits.queue().toMillis() + " ms; try again");
        }
    }

    @Override
    public void close() {
        workers.close();
        server.stop(0);
    }
}
