/** The {@code berth k8s} command. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.cli;
