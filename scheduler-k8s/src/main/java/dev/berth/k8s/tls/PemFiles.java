package dev.berth.k8s.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificates and private keys as PEM (RFC 7468). Keys may stand in PKCS #8 ({@code PRIVATE KEY}, RFC 5958), PKCS #1 ({@code RSA PRIVATE KEY}, RFC
 * 8017), which cert-manager and Helm write by default, or SEC 1 ({@code EC PRIVATE KEY}, RFC 5915). Thread-safe.
 */
public final class PemFiles {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /** AlgorithmIdentifier of rsaEncryption, 1.2.840.113549.1.1.1, with NULL parameters (RFC 3279). */
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /** The object identifier id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480). */
    private static final byte[] EC_IDENTIFIER = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    /** Tag [0] of ECPrivateKey: its curve. */
    private static final int CURVE = 0xa0;

    private PemFiles() {}

    /**
     * All certificates of a file, in order.
     *
     * @throws IOException when there is none, or one cannot be read; the message names the file
     */
    public static List<X509Certificate> certificates(Path file, byte[] content) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(file, content)) {
            byte[] der = block.der();
            if (der != null && block.label().equals("CERTIFICATE")) {
                try {
                    for (Certificate certificate : CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(der))) {
                        certificates.add((X509Certificate) certificate);
                    }
                } catch (CertificateException e) {
                    throw new IOException(
                            file + ": certificate " + (certificates.size() + 1) + " cannot be read: "
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse(""),
                            e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new IOException(file + " has no block CERTIFICATE, allowed: PEM with one or more");
        }
        return certificates;
    }

    /**
     * The first private key of a file.
     *
     * @throws IOException when there is none that can be read; the message names the file
     */
    public static PrivateKey key(Path file, byte[] content) throws IOException {
        for (Block block : blocks(file, content)) {
            if (block.label().endsWith("PRIVATE KEY")) {
                return key(file, block);
            }
            // Others, such as EC PARAMETERS, which openssl writes before the key, say nothing new.
        }
        throw new IOException(
                file + " has no private key, allowed: a PEM block PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY");
    }

    private static PrivateKey key(Path file, Block block) throws IOException {
        byte[] der = block.der();
        if (der == null || block.label().equals("ENCRYPTED PRIVATE KEY")) {
            throw new IOException(file + ": the private key is encrypted, allowed: one that needs no password");
        }
        return switch (block.label()) {
            case "PRIVATE KEY" -> decoded(file, der);
            case "RSA PRIVATE KEY" -> decoded(file, pkcs8(RSA_ALGORITHM, der));
            case "EC PRIVATE KEY" -> decoded(file, pkcs8(der(SEQUENCE, join(EC_IDENTIFIER, curve(file, der))), der));
            default ->
                throw new IOException(file + " has a block " + block.label()
                        + ", allowed: PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY");
        };
    }

    private static PrivateKey decoded(Path file, byte[] pkcs8) throws IOException {
        for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException notThisOne) {
                // Each factory takes keys of its own algorithm alone; there are few, and asking is simpler than reading
                // the identifier.
            }
        }
        throw new IOException(file + ": the private key cannot be read, allowed: RSA, EC or Ed25519");
    }

    /** @param der its content, null when that is encrypted */
    @SuppressWarnings("ArrayRecordComponent") // It lives for one call.
    private record Block(String label, byte @Nullable [] der) {}

    private static List<Block> blocks(Path file, byte[] content) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(new String(content, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            String body = matcher.group(2);
            try {
                byte[] der = body.contains("ENCRYPTED")
                        ? null
                        : Base64.getMimeDecoder().decode(body);
                blocks.add(new Block(matcher.group(1), der));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": the block " + matcher.group(1) + " is not base64", e);
            }
        }
        return blocks;
    }

    /** PrivateKeyInfo around a key in its algorithm's own form. */
    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, join(VERSION_0, algorithm, der(OCTET_STRING, key)));
    }

    /** The object identifier of the curve that ECPrivateKey names: SEQUENCE { version, OCTET STRING, [0] curve, … }. */
    private static byte[] curve(Path file, byte[] ecPrivateKey) throws IOException {
        try {
            int at = content(ecPrivateKey, 0);
            at = after(ecPrivateKey, at);
            at = after(ecPrivateKey, at);
            if (Byte.toUnsignedInt(ecPrivateKey[at]) == CURVE) {
                int from = content(ecPrivateKey, at);
                int to = after(ecPrivateKey, at);
                byte[] curve = new byte[to - from];
                System.arraycopy(ecPrivateKey, from, curve, 0, curve.length);
                return curve;
            }
        } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new IOException(file + ": the block EC PRIVATE KEY ends too early", e);
        }
        throw new IOException(file + ": the block EC PRIVATE KEY does not name its curve");
    }

    /** Where the content of the DER element at a position begins. */
    private static int content(byte[] der, int at) {
        int length = der[at + 1];
        return at + 2 + (length >= 0 ? 0 : length & 0x7f);
    }

    /** Where the element after that at a position begins. */
    private static int after(byte[] der, int at) {
        int length = der[at + 1];
        int content = content(der, at);
        if (length >= 0) {
            return content + length;
        }
        int bytes = 0;
        for (int i = at + 2; i < content; i++) {
            bytes = bytes << 8 | Byte.toUnsignedInt(der[i]);
        }
        return Math.addExact(content, bytes);
    }

    private static byte[] der(int tag, byte[] content) {
        int length = content.length;
        if (length < 0x80) {
            return join(new byte[] {(byte) tag, (byte) length}, content);
        }
        // DER has no leading zeros.
        int bytes = 4 - Integer.numberOfLeadingZeros(length) / 8;
        byte[] head = new byte[2 + bytes];
        head[0] = (byte) tag;
        head[1] = (byte) (0x80 | bytes);
        for (int i = 0; i < bytes; i++) {
            head[2 + i] = (byte) (length >> 8 * (bytes - 1 - i));
        }
        return join(head, content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
