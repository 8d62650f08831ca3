/** The cluster in Berth's words, from nodes, topology objects and the cluster file; and which nodes a pod may stand on at all. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.nodes;
