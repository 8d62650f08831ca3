/** What a pod needs, in Berth's words: its request, its gang, its rank. Reads the conventions of every system that has one. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.pods;
