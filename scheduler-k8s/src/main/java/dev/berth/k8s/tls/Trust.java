package dev.berth.k8s.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Whom a peer of TLS is believed: those whose certificates some authorities have signed. Thread-safe. */
public final class Trust {
    private Trust() {}

    /**
     * Trust in these authorities, and in no others.
     *
     * @throws GeneralSecurityException if one cannot be used
     * @throws IOException as {@link KeyStore#load} declares it; an empty store reads nothing
     */
    public static TrustManager[] in(List<X509Certificate> authorities) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (X509Certificate authority : authorities) {
            store.setCertificateEntry("ca" + number++, authority);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust.getTrustManagers();
    }
}
