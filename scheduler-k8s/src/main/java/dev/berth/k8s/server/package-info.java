/** The HTTP server: the extender's verbs, the webhook, health, metrics. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.server;
