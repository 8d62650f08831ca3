/** What Berth's servers and its client of the API server have in common in TLS. */
@NullMarked
package dev.berth.k8s.tls;

import org.jspecify.annotations.NullMarked;
