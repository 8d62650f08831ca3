package dev.berth.k8s.api;

import dev.berth.k8s.api.LeaseElection.LeaseRecord;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the lease is kept. An IOException means that it is not known what was done. Used by one thread. */
interface LeaseStore {
    /** Reads it; null when there is none. */
    @Nullable
    LeaseRecord read() throws IOException;

    /** Makes it; null when there is one already. */
    @Nullable
    LeaseRecord create(String holder) throws IOException;

    /**
     * Writes it, if it is the version that was read; null when it is another one by now, or is gone.
     *
     * @param holder who holds it from now on; empty for nobody
     */
    @Nullable
    LeaseRecord update(LeaseRecord from, String holder) throws IOException;

    /** Ends its connection. */
    void close();
}
