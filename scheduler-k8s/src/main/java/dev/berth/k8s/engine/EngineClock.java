package dev.berth.k8s.engine;

/** Two clocks: one to measure with and one to tell people. Thread-safe. */
public interface EngineClock {
    /** The machine's. */
    EngineClock SYSTEM = new EngineClock() {
        @Override
        public long millis() {
            return System.nanoTime() / 1_000_000;
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    };

    /** Milliseconds since some moment; never goes back, whatever is done to the machine's time. */
    long millis();

    /** Milliseconds since 1970, as the machine believes. */
    long wallMillis();
}
