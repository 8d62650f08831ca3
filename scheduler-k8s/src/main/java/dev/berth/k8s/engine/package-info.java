/** The one place that decides: which pods wait, where each stands, what is held for whom. Knows no HTTP and no API server. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.engine;
