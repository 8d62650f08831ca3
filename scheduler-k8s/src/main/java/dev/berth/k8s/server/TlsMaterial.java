package dev.berth.k8s.server;

import dev.berth.k8s.server.ServerSettings.Listener;
import dev.berth.k8s.tls.PemFiles;
import dev.berth.k8s.tls.Trust;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates of a listener, from PEM files, which are read again when they change: cert-manager renews them in place. New connections then use the new
 * ones; what does not fit together is not taken, and the old ones stay. Thread-safe.
 */
final class TlsMaterial {
    private static final Logger LOG = LoggerFactory.getLogger(TlsMaterial.class);
    private static final char[] NO_PASSWORD = new char[0];

    private final String name;
    private final Path certificate;
    private final Path key;
    private final @Nullable Path clientCa;
    private final SSLContext context;
    private volatile Loaded loaded;
    /** For handshakes that chose its key before it was replaced. */
    private volatile @Nullable Loaded replaced;

    private List<byte[]> refused = List.of();
    private final AtomicLong failures = new AtomicLong();

    private TlsMaterial(String name, Path certificate, Path key, @Nullable Path clientCa) throws IOException {
        this.name = name;
        this.certificate = certificate;
        this.key = key;
        this.clientCa = clientCa;
        loaded = loaded(contents(), 0);
        try {
            context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new CurrentKey()}, new TrustManager[] {new CurrentTrust()}, null);
        } catch (GeneralSecurityException e) {
            throw new IOException(name + ": this Java has no TLS: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the files.
     *
     * @throws IOException when one cannot be read, or key and certificate do not belong together; the message names the file
     */
    static TlsMaterial load(String name, Listener settings) throws IOException {
        Path certificate = settings.certificate();
        Path key = settings.key();
        if (certificate == null || key == null) {
            throw new IllegalArgumentException(name + " has no certificate");
        }
        return new TlsMaterial(name, certificate, key, settings.clientCa());
    }

    /** Always uses what was loaded last. */
    SSLContext context() {
        return context;
    }

    /** When the server's certificate ends. */
    Instant notAfter() {
        return loaded.chain().get(0).getNotAfter().toInstant();
    }

    /** How many times files had changed to what cannot be used. */
    long failures() {
        return failures.get();
    }

    /** Looks at the files. Called every few seconds, by one thread. */
    void refresh() {
        List<byte[]> contents;
        try {
            contents = contents();
        } catch (IOException e) {
            // A Secret's volume changes by renaming, but other writers have moments without a file: the next look
            // tells.
            LOG.debug("{}: {}", name, e.getMessage());
            return;
        }
        if (same(contents, loaded.contents()) || same(contents, refused)) {
            return;
        }
        try {
            Loaded next = loaded(contents, loaded.number() + 1);
            replaced = loaded;
            loaded = next;
            refused = List.of();
            LOG.info("{}: took the changed certificate, valid until {}", name, notAfter());
        } catch (IOException e) {
            // Certificate and key change one after the other: this may be the moment between. It is looked at again
            // when it changes.
            refused = contents;
            failures.incrementAndGet();
            LOG.warn(
                    "{}: keeps its certificate, as the files have changed to what cannot be used: {}",
                    name,
                    e.getMessage());
        }
    }

    private static boolean same(List<byte[]> one, List<byte[]> other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!Arrays.equals(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    private List<byte[]> contents() throws IOException {
        Path ca = clientCa;
        return ca == null
                ? List.of(content(certificate), content(key))
                : List.of(content(certificate), content(key), content(ca));
    }

    private static byte[] content(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist", e);
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** What is in use. The key's alias has its number. */
    private record Loaded(
            int number,
            List<byte[]> contents,
            List<X509Certificate> chain,
            X509ExtendedKeyManager keys,
            @Nullable X509ExtendedTrustManager trust) {}

    private static String alias(int number) {
        return "server-" + number;
    }

    private Loaded loaded(List<byte[]> contents, int number) throws IOException {
        List<X509Certificate> chain = PemFiles.certificates(certificate, contents.get(0));
        PrivateKey privateKey = PemFiles.key(key, contents.get(1));
        requirePair(chain.get(0), privateKey);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(alias(number), privateKey, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, NO_PASSWORD);
            return new Loaded(
                    number,
                    contents,
                    chain,
                    only(X509ExtendedKeyManager.class, keys.getKeyManagers()),
                    trust(contents));
        } catch (GeneralSecurityException e) {
            throw new IOException(certificate + " and " + key + " cannot be used: " + e.getMessage(), e);
        }
    }

    private @Nullable X509ExtendedTrustManager trust(List<byte[]> contents)
            throws IOException, GeneralSecurityException {
        if (clientCa == null) {
            return null;
        }
        return only(X509ExtendedTrustManager.class, Trust.in(PemFiles.certificates(clientCa, contents.get(2))));
    }

    private static <T> T only(Class<T> type, Object[] managers) throws GeneralSecurityException {
        for (Object manager : managers) {
            if (type.isInstance(manager)) {
                return type.cast(manager);
            }
        }
        throw new GeneralSecurityException("there is no " + type.getSimpleName());
    }

    /** Signs a few bytes: the only test that holds for all algorithms. */
    private void requirePair(X509Certificate first, PrivateKey privateKey) throws IOException {
        String algorithm = switch (privateKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        byte[] bytes = {1, 2, 3};
        boolean pair;
        try {
            Signature sign = Signature.getInstance(algorithm);
            sign.initSign(privateKey);
            sign.update(bytes);
            byte[] signature = sign.sign();
            Signature verify = Signature.getInstance(algorithm);
            verify.initVerify(first.getPublicKey());
            verify.update(bytes);
            pair = verify.verify(signature);
        } catch (GeneralSecurityException e) {
            pair = false;
        }
        if (!pair) {
            throw new IOException(key + " is not the key of the first certificate in " + certificate);
        }
    }

    /** The key that is current when a connection begins. */
    private final class CurrentKey extends X509ExtendedKeyManager {
        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal[] issuers) {
            return loaded.keys().getClientAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
            return loaded.keys().chooseClientAlias(keyType, issuers, socket);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal[] issuers) {
            return loaded.keys().getServerAliases(keyType, issuers);
        }

        @Override
        public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return loaded.keys().chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return loaded.keys().chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return of(alias).keys().getCertificateChain(alias);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return of(alias).keys().getPrivateKey(alias);
        }

        private Loaded of(String alias) {
            Loaded before = replaced;
            return before != null && alias.equals(alias(before.number())) ? before : loaded;
        }
    }

    /** The CAs that are current when a client shows its certificate. */
    private final class CurrentTrust extends X509ExtendedTrustManager {
        private X509ExtendedTrustManager now() throws CertificateException {
            X509ExtendedTrustManager trust = loaded.trust();
            if (trust == null) {
                throw new CertificateException("no certificate was asked for");
            }
            return trust;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            now().checkClientTrusted(chain, authType);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            now().checkClientTrusted(chain, authType, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            now().checkClientTrusted(chain, authType, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this is a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            X509ExtendedTrustManager trust = loaded.trust();
            return trust == null ? new X509Certificate[0] : trust.getAcceptedIssuers();
        }
    }
}
