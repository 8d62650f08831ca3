package dev.berth.k8s.cli;

import dev.berth.planner.BadInputException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A pod as it is named on the command line: {@code NAME}, or {@code NAMESPACE/NAME}.
 *
 * @param namespace its namespace
 * @param name its name
 */
record PodName(String namespace, String name) {
    /** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/: an RFC 1123 subdomain, 253 characters at most. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    /** An RFC 1123 label, 63 characters at most. */
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    /**
     * Reads one.
     *
     * @param given what {@code --namespace} says, or null
     * @param usual the namespace where nothing else is said
     */
    static PodName of(String text, @Nullable String given, String usual) {
        int slash = text.indexOf('/');
        String name = text.substring(slash + 1);
        String namespace = slash >= 0 ? text.substring(0, slash) : given != null ? given : usual;
        if (slash >= 0 && given != null && !given.equals(namespace)) {
            throw new BadInputException("POD is '" + text + "' and --namespace '" + given + "': two namespaces");
        }
        if (!NAME.matcher(name).matches()) {
            throw new BadInputException("POD is '" + Texts.line(text, 80)
                    + "', allowed: NAME or NAMESPACE/NAME in lower-case letters, digits, '-' and '.'");
        }
        return new PodName(checkedNamespace(namespace), name);
    }

    /** The same text, if it can be a namespace. */
    static String checkedNamespace(String namespace) {
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new BadInputException("the namespace is '" + Texts.line(namespace, 80)
                    + "', allowed: 1 to 63 lower-case letters, digits and '-'");
        }
        return namespace;
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
