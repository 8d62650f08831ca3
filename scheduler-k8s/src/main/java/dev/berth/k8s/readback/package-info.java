/** Reads which GPUs pods really have, where nodes tell: sources, and a thread for each that reads it again and again. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.readback;
