package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates, made by the JDK's keytool. */
final class TestCertificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path folder;
    private final Path store;

    TestCertificates(Path folder) {
        this.folder = folder;
        store = folder.resolve("all.p12");
    }

    /** A CA. */
    void ca(String alias) {
        keytool("-genkeypair", "-alias", alias, "-dname", "CN=" + alias, "-keyalg", "EC", "-ext", "bc:c");
    }

    /** A certificate of a CA. */
    void issue(String ca, String alias, String commonName, String algorithm, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-alias",
                alias,
                "-signer",
                ca,
                "-dname",
                "CN=" + commonName + ", O=test",
                "-keyalg",
                algorithm,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost"));
        arguments.addAll(List.of(more));
        keytool(arguments.toArray(String[]::new));
    }

    private void keytool(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(
                List.of("-keystore", store.toString(), "-storepass", new String(PASSWORD), "-storetype", "PKCS12"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private KeyStore load() throws IOException, GeneralSecurityException {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            loaded.load(in, PASSWORD);
        }
        return loaded;
    }

    byte[] key(String alias) throws IOException, GeneralSecurityException {
        Key key = load().getKey(alias, PASSWORD);
        return Objects.requireNonNull(key).getEncoded();
    }

    Path keyFile(String alias) throws IOException, GeneralSecurityException {
        return write(alias + ".key", pem("PRIVATE KEY", key(alias)));
    }

    Path certificateFile(String alias) throws IOException, GeneralSecurityException {
        StringBuilder text = new StringBuilder("of " + alias + "\n");
        for (Certificate certificate : load().getCertificateChain(alias)) {
            text.append(pem("CERTIFICATE", certificate.getEncoded()));
        }
        return write(alias + ".crt", text.toString());
    }

    Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** What a client shows and trusts. */
    SSLContext client(String alias, String... trusted) throws IOException, GeneralSecurityException {
        KeyStore all = load();
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (alias != null) {
            own.setKeyEntry("own", all.getKey(alias, PASSWORD), PASSWORD, all.getCertificateChain(alias));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        KeyStore cas = KeyStore.getInstance("PKCS12");
        cas.load(null, null);
        for (String ca : trusted) {
            cas.setCertificateEntry(ca, all.getCertificate(ca));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(cas);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** The object identifier of the curve of an EC key. */
    byte[] curve(String alias) throws IOException, GeneralSecurityException {
        byte[] pkcs8 = key(alias);
        // SEQUENCE { version, SEQUENCE { id-ecPublicKey, curve }, … }
        int algorithm = content(pkcs8, end(pkcs8, content(pkcs8, 0)));
        int curve = end(pkcs8, algorithm);
        return Arrays.copyOfRange(pkcs8, curve, end(pkcs8, curve));
    }

    /** The key inside a PKCS #8 block, which is how PKCS #1 and SEC 1 write it. */
    static byte[] inside(byte[] pkcs8) {
        int at = content(pkcs8, 0);
        at = end(pkcs8, at);
        at = end(pkcs8, at);
        return Arrays.copyOfRange(pkcs8, content(pkcs8, at), end(pkcs8, at));
    }

    private static int content(byte[] der, int at) {
        return at + 2 + (der[at + 1] >= 0 ? 0 : der[at + 1] & 0x7f);
    }

    private static int end(byte[] der, int at) {
        int length = der[at + 1];
        if (length < 0) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | der[at + 2 + i] & 0xff;
            }
        }
        return content(der, at) + length;
    }
}
