/** What Berth reads of Kubernetes' objects: records with the few fields that planning needs, and their readers. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.objects;
