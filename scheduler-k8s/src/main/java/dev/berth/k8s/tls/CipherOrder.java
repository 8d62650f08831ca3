package dev.berth.k8s.tls;

import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;

/**
 * The order in which cipher suites are asked for. Berth runs with the JDK's first compiler alone (see docs/decisions/0066), which does not use the processor's
 * instructions for AES: there ChaCha20-Poly1305 (RFC 8439) is about five times as fast as AES-GCM. The API server, like all that is
 * built on Go's TLS, follows a client whose first suite is not AES.
 */
public final class CipherOrder {
    private static final String FIRST = "CHACHA20_POLY1305";

    private CipherOrder() {}

    /** Puts the suites with ChaCha20-Poly1305 before all others; which suites there are does not change. */
    public static void apply(SSLParameters parameters) {
        String[] suites = parameters.getCipherSuites();
        List<String> ordered = new ArrayList<>(suites.length);
        for (String suite : suites) {
            if (suite.contains(FIRST)) {
                ordered.add(suite);
            }
        }
        for (String suite : suites) {
            if (!suite.contains(FIRST)) {
                ordered.add(suite);
            }
        }
        parameters.setCipherSuites(ordered.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
    }
}
