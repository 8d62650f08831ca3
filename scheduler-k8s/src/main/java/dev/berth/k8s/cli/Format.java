package dev.berth.k8s.cli;

/** How a result is printed. */
enum Format {
    TABLE,
    JSON
}
