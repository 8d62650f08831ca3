package dev.berth.k8s.server;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** The common name in a certificate's subject. */
final class CommonName {
    private CommonName() {}

    /**
     * The last CN of a distinguished name, empty without.
     *
     * @param subject as RFC 2253 writes it
     */
    static String of(String subject) {
        try {
            for (Rdn rdn : new LdapName(subject).getRdns()) {
                javax.naming.directory.Attribute name = rdn.toAttributes().get("CN");
                if (name != null && name.size() > 0 && name.get() instanceof String text) {
                    return text;
                }
            }
            return "";
        } catch (InvalidNameException e) {
            return "";
        } catch (javax.naming.NamingException e) {
            return "";
        }
    }
}
