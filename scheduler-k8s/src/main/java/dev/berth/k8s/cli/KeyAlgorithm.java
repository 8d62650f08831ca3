package dev.berth.k8s.cli;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Of which algorithm a client's private key is. fabric8 looks at the PEM header alone, and takes every key in PKCS #8 (RFC 5958), which OpenSSL writes by default, for
 * one of RSA.
 */
final class KeyAlgorithm {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    private KeyAlgorithm() {}

    /** Says it in the configuration, where the key is one of elliptic curves. */
    static void correct(Config config) throws IOException {
        @Nullable String pem = null;
        if (config.getClientKeyData() != null && !config.getClientKeyData().isEmpty()) {
            pem = text(config.getClientKeyData());
        } else if (config.getClientKeyFile() != null
                && !config.getClientKeyFile().isEmpty()) {
            pem = Files.readString(Path.of(config.getClientKeyFile()), StandardCharsets.US_ASCII);
        }
        if (pem != null && isEllipticCurve(pem)) {
            config.setClientKeyAlgo("EC");
        }
    }

    /** A kubeconfig holds it in base64. */
    private static String text(String data) {
        if (data.contains("-----BEGIN")) {
            return data;
        }
        return new String(Base64.getMimeDecoder().decode(data), StandardCharsets.US_ASCII);
    }

    /** Whether a PEM text holds a key of elliptic curves in PKCS #8. */
    static boolean isEllipticCurve(String pem) {
        int begin = pem.indexOf(BEGIN);
        int end = pem.indexOf(END);
        if (begin < 0 || end < begin) {
            return false;
        }
        try {
            byte[] key = Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end));
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
            return true;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Of another algorithm, or no key: fabric8 says so when it reads it.
            return false;
        }
    }
}
