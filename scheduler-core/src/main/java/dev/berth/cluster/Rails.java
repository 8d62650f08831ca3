package dev.berth.cluster;

import java.util.Arrays;
import java.util.List;

/** Which rail each GPU of a node talks on. */
final class Rails {
    private Rails() {}

    static int count(List<GpuNic> nics) {
        long seen = 0;
        for (GpuNic nic : nics) {
            if (nic.rail() >= 0) {
                seen |= 1L << nic.rail();
            }
        }
        return Long.bitCount(seen);
    }

    /** Rail by GPU, as {@link GpuTopology#railOf} says. */
    static byte[] assign(int gpus, List<GpuNic> nics) {
        byte[] rail = new byte[gpus];
        int[] users = new int[nics.size()];
        Arrays.fill(rail, (byte) -1);
        for (int gpu = 0; gpu < gpus; gpu++) {
            int best = -1;
            for (int n = 0; n < nics.size(); n++) {
                if (nics.get(n).rail() >= 0 && (best < 0 || isNearer(nics, users, gpu, n, best))) {
                    best = n;
                }
            }
            if (best >= 0) {
                rail[gpu] = (byte) nics.get(best).rail();
                users[best]++;
            }
        }
        return rail;
    }

    private static boolean isNearer(List<GpuNic> nics, int[] users, int gpu, int nic, int than) {
        int order = nics.get(nic)
                .distances()
                .get(gpu)
                .compareTo(nics.get(than).distances().get(gpu));
        return order < 0 || order == 0 && users[nic] < users[than];
    }
}
