/** The live page. */
@org.jspecify.annotations.NullMarked
package dev.berth.k8s.page;
