/** The way to the API server: what is read from it, what is written to it, who leads. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.api;
