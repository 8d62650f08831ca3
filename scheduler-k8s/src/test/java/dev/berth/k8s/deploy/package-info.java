@org.jspecify.annotations.NullMarked
package dev.berth.k8s.deploy;
