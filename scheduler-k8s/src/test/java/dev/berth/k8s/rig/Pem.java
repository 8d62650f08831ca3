package dev.berth.k8s.rig;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS with the certificates of a {@link Rig}. */
public final class Pem {
    private Pem() {}

    /**
     * A context that trusts the rig's authority and shows a certificate of it.
     *
     * @param name whose certificate to show, such as {@code kube-scheduler}; null for none
     */
    public static SSLContext context(Rig rig, @Nullable String name) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null);
            trusted.setCertificateEntry("ca", certificate(rig.certificate("ca.crt")));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
            own.load(null);
            if (name != null) {
                own.setKeyEntry("own", key(rig.certificate(name + ".key")), new char[0], new Certificate[] {
                    certificate(rig.certificate(name + ".crt"))
                });
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException failure) {
            throw new AssertionError("the rig's certificates cannot be used", failure);
        }
    }

    private static Certificate certificate(Path file) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
        String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        // Kubeconfigs have RSA keys, servers those of an elliptic curve.
        try {
            return KeyFactory.getInstance("EC").generatePrivate(spec);
        } catch (GeneralSecurityException notThat) {
            return KeyFactory.getInstance("RSA").generatePrivate(spec);
        }
    }
}
