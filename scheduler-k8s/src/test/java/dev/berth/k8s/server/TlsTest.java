package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.k8s.server.ServerSettings.Filter;
import dev.berth.k8s.server.ServerSettings.Limits;
import dev.berth.k8s.server.ServerSettings.Listener;
import dev.berth.k8s.server.ServerSettings.Security;
import dev.berth.k8s.tls.PemFiles;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in, and how certificates are read and renewed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TlsTest {
    private static final String FILTER = RawClient.post("/filter", TestServer.wire("filter.json"));
    private static final String CHOSEN = "\"NodeNames\":[\"gpu-node-01361\"]";

    @TempDir
    private static Path folder;

    private static TestCertificates certificates;

    @BeforeAll
    static void make() {
        certificates = new TestCertificates(folder);
        certificates.ca("ca");
        certificates.ca("other-ca");
        certificates.issue("ca", "server", "berth", "RSA");
        certificates.issue("ca", "renewed", "berth", "EC");
        certificates.issue("ca", "scheduler", "system:kube-scheduler", "EC");
        certificates.issue("ca", "someone", "someone", "EC");
        certificates.issue("other-ca", "stranger", "system:kube-scheduler", "EC");
        certificates.issue("ca", "expired", "system:kube-scheduler", "EC", "-startdate", "-10d", "-validity", "1");
    }

    private static Listener mutual(String... names) throws Exception {
        return Listener.mutualTls(
                "127.0.0.1",
                0,
                certificates.certificateFile("server"),
                certificates.keyFile("server"),
                certificates.certificateFile("ca"),
                List.of(names));
    }

    private static TestServer server(Listener listener, Limits limits) {
        return new TestServer(TestServer.settings(listener, true, Filter.ONE, limits), null);
    }

    private static RawClient.Answer ask(TestServer server, SSLContext client) throws IOException {
        try (RawClient raw = RawClient.tls(server.server.extenderAddress(), client)) {
            return raw.send(FILTER).read();
        }
    }

    @Test
    void clientsOfTheCaGetIn() throws Exception {
        try (TestServer server = server(mutual(), TestServer.limits())) {
            assertThat(ask(server, certificates.client("scheduler", "ca")).body())
                    .contains(CHOSEN);
            assertThat(ask(server, certificates.client("someone", "ca")).body()).contains(CHOSEN);
        }
    }

    @Test
    void othersDoNot() throws Exception {
        try (TestServer server = server(mutual(), TestServer.limits())) {
            for (String client : Arrays.asList(null, "stranger", "expired")) {
                // With TLS 1.3 the client learns of it at its first read.
                assertThatThrownBy(() -> ask(server, certificates.client(client, "ca")))
                        .as(String.valueOf(client))
                        .isInstanceOfAny(SSLException.class, EOFException.class, java.net.SocketException.class);
            }
            assertThatThrownBy(() -> ask(server, certificates.client("scheduler", "other-ca")))
                    .isInstanceOf(SSLException.class);
            try (RawClient plain = new RawClient(server.server.extenderAddress())) {
                plain.send(FILTER);
                plain.socket().shutdownOutput();
                assertThat(plain.isClosedByServer()).isTrue();
            }
            assertThat(server.extender.asked).isEmpty();
            assertThat(ask(server, certificates.client("scheduler", "ca")).body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void namesCanBeDemanded() throws Exception {
        try (TestServer server = server(mutual("system:kube-scheduler"), TestServer.limits())) {
            assertThat(ask(server, certificates.client("scheduler", "ca")).body())
                    .contains(CHOSEN);
            RawClient.Answer answer = ask(server, certificates.client("someone", "ca"));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body())
                    .isEqualTo("{\"Error\":\"the client's certificate has the common name someone, allowed:"
                            + " system:kube-scheduler\"}");
        }
    }

    @Test
    void aServerCertificateAloneAsksForNone() throws Exception {
        Listener listener =
                Listener.tls("127.0.0.1", 0, certificates.certificateFile("server"), certificates.keyFile("server"));
        try (TestServer server = server(listener, TestServer.limits())) {
            assertThat(ask(server, certificates.client(null, "ca")).body()).contains(CHOSEN);
        }
    }

    @Test
    void oldProtocolsAreRefused() throws Exception {
        try (TestServer server = server(mutual(), TestServer.limits());
                SSLSocket socket = (SSLSocket) certificates
                        .client("scheduler", "ca")
                        .getSocketFactory()
                        .createSocket(
                                "127.0.0.1", server.server.extenderAddress().getPort())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.1"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void connectionsAreKeptAndPipelined() throws Exception {
        try (TestServer server = server(mutual(), TestServer.limits());
                RawClient client =
                        RawClient.tls(server.server.extenderAddress(), certificates.client("scheduler", "ca"))) {
            for (int i = 0; i < 10; i++) {
                client.send(FILTER + FILTER + FILTER);
                for (int j = 0; j < 3; j++) {
                    assertThat(client.read().body()).contains(CHOSEN);
                }
            }
        }
    }

    @Test
    void handshakesThatStallKeepNobodyOut() throws Exception {
        Limits limits = TestServer.limits(2, Duration.ofSeconds(1));
        try (TestServer server = server(mutual(), limits)) {
            List<RawClient> slow = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                // The head of a TLS record of 512 bytes that never come.
                RawClient client = new RawClient(server.server.extenderAddress());
                client.socket().getOutputStream().write(new byte[] {22, 3, 1, 2, 0});
                slow.add(client);
            }
            assertThat(ask(server, certificates.client("scheduler", "ca")).body())
                    .contains(CHOSEN);
            for (RawClient client : slow) {
                assertThat(client.isClosedByServer()).isTrue();
                client.close();
            }
        }
    }

    @Test
    void renewedFilesAreTaken() throws Exception {
        Path certificate = Files.copy(certificates.certificateFile("server"), folder.resolve("tls.crt"));
        Path key = Files.copy(certificates.keyFile("server"), folder.resolve("tls.key"));
        Path ca = Files.copy(certificates.certificateFile("ca"), folder.resolve("ca.crt"));
        TlsMaterial material =
                TlsMaterial.load("x", Listener.mutualTls("127.0.0.1", 0, certificate, key, ca, List.of()));
        Listener listener = Listener.mutualTls("127.0.0.1", 0, certificate, key, ca, List.of());
        SSLContext client = certificates.client("scheduler", "ca");
        try (TestServer server = server(listener, TestServer.limits());
                RawClient before = RawClient.tls(server.server.extenderAddress(), client)) {
            assertThat(algorithm(before)).isEqualTo("RSA");
            // Half of it: kept as it is, and said once.
            replace(certificates.certificateFile("renewed"), certificate);
            server.server.refresh();
            server.server.refresh();
            assertThat(HttpListenerTest.metric(server, "berth_tls_reload_failures_total{listener=\"extender\"}"))
                    .isEqualTo(1);
            try (RawClient between = RawClient.tls(server.server.extenderAddress(), client)) {
                assertThat(algorithm(between)).isEqualTo("RSA");
            }
            Files.delete(key);
            server.server.refresh();
            replace(certificates.keyFile("renewed"), key);
            server.server.refresh();
            try (RawClient after = RawClient.tls(server.server.extenderAddress(), client)) {
                assertThat(algorithm(after)).isEqualTo("EC");
                assertThat(after.send(FILTER).read().body()).contains(CHOSEN);
            }
            assertThat(before.send(FILTER).read().body()).contains(CHOSEN);
            // Other clients from now on.
            replace(certificates.certificateFile("other-ca"), ca);
            server.server.refresh();
            assertThat(ask(server, certificates.client("stranger", "ca")).body())
                    .contains(CHOSEN);
            assertThatThrownBy(() -> ask(server, certificates.client("someone", "ca")))
                    .isInstanceOf(IOException.class);
        }
        assertThat(material.failures()).isZero();
    }

    private static void replace(Path by, Path file) throws IOException {
        Path next = Files.copy(by, file.resolveSibling("next"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String algorithm(RawClient client) throws IOException {
        X509Certificate shown =
                (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
        return shown.getPublicKey().getAlgorithm();
    }

    @Test
    void keysAreReadInAllTheirForms() throws Exception {
        byte[] rsa = certificates.key("server");
        byte[] ec = certificates.key("scheduler");
        requireSame(rsa, "server.pkcs8", TestCertificates.pem("PRIVATE KEY", rsa));
        requireSame(rsa, "server.pkcs1", TestCertificates.pem("RSA PRIVATE KEY", TestCertificates.inside(rsa)));
        requireSame(
                ec,
                "scheduler.pkcs8",
                "a comment\r\n" + TestCertificates.pem("PRIVATE KEY", ec).replace("\n", "\r\n"));
        byte[] named = withCurve(TestCertificates.inside(ec), certificates.curve("scheduler"));
        requireSame(
                ec,
                "scheduler.sec1",
                TestCertificates.pem("EC PARAMETERS", new byte[] {5, 0})
                        + TestCertificates.pem("EC PRIVATE KEY", named));
    }

    private static void requireSame(byte[] pkcs8, String name, String pem) throws Exception {
        PrivateKey key = PemFiles.key(Path.of(name), pem.getBytes(StandardCharsets.UTF_8));
        if (key instanceof ECPrivateKey ec) {
            // It may be written with or without its curve and public key.
            ECPrivateKey expected =
                    (ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            assertThat(ec.getS()).as(name).isEqualTo(expected.getS());
            assertThat(ec.getParams()).as(name).hasToString(expected.getParams().toString());
        } else {
            assertThat(key.getEncoded()).as(name).isEqualTo(pkcs8);
        }
    }

    /** Adds the curve, which Java leaves to the block around. */
    private static byte[] withCurve(byte[] ecPrivateKey, byte[] curve) {
        byte[] out = Arrays.copyOf(ecPrivateKey, ecPrivateKey.length + 2 + curve.length);
        out[1] += (byte) (2 + curve.length);
        out[ecPrivateKey.length] = (byte) 0xa0;
        out[ecPrivateKey.length + 1] = (byte) curve.length;
        System.arraycopy(curve, 0, out, ecPrivateKey.length + 2, curve.length);
        return out;
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        Path certificate = certificates.certificateFile("server");
        Path key = certificates.keyFile("server");
        assertRefused(folder.resolve("none"), key, "none does not exist");
        assertRefused(certificate, folder.resolve("none"), "none does not exist");
        assertRefused(key, key, "server.key has no block CERTIFICATE");
        assertRefused(certificate, certificate, "server.crt has no private key");
        assertRefused(
                certificate,
                certificates.keyFile("renewed"),
                "renewed.key is not the key of the first certificate in " + certificate);
        assertRefused(
                certificate,
                certificates.write("encrypted", TestCertificates.pem("ENCRYPTED PRIVATE KEY", new byte[] {1})),
                "encrypted: the private key is encrypted");
        assertRefused(
                certificate,
                certificates.write(
                        "old",
                        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
                "old: the private key is encrypted");
        assertRefused(
                certificate,
                certificates.write("dsa", TestCertificates.pem("DSA PRIVATE KEY", new byte[] {1})),
                "dsa has a block DSA PRIVATE KEY");
        for (String label : new String[] {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
            for (byte[] der : new byte[][] {{}, {0x30}, {0x30, (byte) 0xff, 1}, {0x30, (byte) 0x84, -1, -1, -1, -1}}) {
                assertThatThrownBy(() -> PemFiles.key(
                                Path.of("k"), TestCertificates.pem(label, der).getBytes(StandardCharsets.UTF_8)))
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith("k");
            }
        }
        assertRefused(
                certificates.write("bad.crt", TestCertificates.pem("CERTIFICATE", new byte[] {1, 2})),
                key,
                "bad.crt: certificate 1 cannot be read");
    }

    private static void assertRefused(Path certificate, Path key, String says) {
        assertThatThrownBy(() -> TlsMaterial.load("extender", Listener.tls("127.0.0.1", 0, certificate, key)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(says);
    }

    @Test
    void securityMustBeSaid() {
        Path file = Path.of("x");
        assertThatThrownBy(() -> new Listener("127.0.0.1", 0, Security.TLS, file, null, null, List.of()))
                .hasMessageContaining("without certificate and key");
        assertThatThrownBy(() -> new Listener("127.0.0.1", 0, Security.MUTUAL_TLS, file, file, null, List.of()))
                .hasMessageContaining("without clientCa");
        assertThatThrownBy(() -> new Listener("127.0.0.1", 0, Security.TLS, file, file, null, List.of("a")))
                .hasMessageContaining("only MUTUAL_TLS knows clients by name");
        assertThatThrownBy(() -> Listener.plain("127.0.0.1", 65_536)).hasMessageContaining("port is 65536");
    }
}
