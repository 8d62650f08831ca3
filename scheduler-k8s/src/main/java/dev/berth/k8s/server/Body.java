package dev.berth.k8s.server;

/**
 * The body of a request.
 *
 * @param bytes begin with it
 * @param length how many of them it has
 */
@SuppressWarnings("ArrayRecordComponent") // Copying it would double the cost of reading a request; nobody writes to it.
record Body(byte[] bytes, int length) {}
