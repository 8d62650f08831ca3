package dev.berth.placement;

import java.util.Arrays;
import java.util.Objects;

/**
 * Where the tasks of a gang that runs stand, by rank. A mutable buffer that the caller owns and uses again. Not thread-safe.
 */
public final class GangMembers {
    private int[] nodes = new int[16];
    private int[] gpuMasks = new int[16];
    private int size;

    /** No tasks. */
    public GangMembers() {}

    /** The tasks of a gang that was planned, and committed. */
    public static GangMembers of(GangPlan plan) {
        GangMembers members = new GangMembers();
        for (int rank = 0; rank < plan.tasks(); rank++) {
            members.add(plan.node(rank), plan.claim(rank).gpuMask());
        }
        return members;
    }

    /** Takes all tasks out. */
    public GangMembers clear() {
        size = 0;
        return this;
    }

    /**
     * Adds the next rank.
     *
     * @param node its node; negative when that is gone, which only a rank that is to be replaced may be on
     * @param gpuMask the GPUs that it holds, a bit each; 0 for tasks without whole GPUs
     */
    public GangMembers add(int node, int gpuMask) {
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
            gpuMasks = Arrays.copyOf(gpuMasks, 2 * size);
        }
        nodes[size] = node;
        gpuMasks[size++] = gpuMask;
        return this;
    }

    /**
     * Changes where a rank stands.
     *
     * @throws IndexOutOfBoundsException if there is no such rank
     */
    public GangMembers set(int rank, int node, int gpuMask) {
        nodes[Objects.checkIndex(rank, size)] = node;
        gpuMasks[rank] = gpuMask;
        return this;
    }

    /**
     * Takes over what a plan to grow or to replace, and that is committed, has changed.
     *
     * @throws IndexOutOfBoundsException if it was made for a gang of another size
     */
    public GangMembers apply(GangPlan plan) {
        int before = size;
        for (int i = 0; i < plan.tasks(); i++) {
            if (plan.rank(i) >= before) {
                add(-1, 0);
            }
        }
        for (int i = 0; i < plan.tasks(); i++) {
            set(plan.rank(i), plan.node(i), plan.claim(i).gpuMask());
        }
        return this;
    }

    /** Number of tasks; ranks are {@code 0 .. size() - 1}. */
    public int size() {
        return size;
    }

    /** The node of a rank. */
    public int node(int rank) {
        return nodes[Objects.checkIndex(rank, size)];
    }

    /** The GPUs that a rank holds, a bit each. */
    public int gpuMask(int rank) {
        return gpuMasks[Objects.checkIndex(rank, size)];
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("GangMembers[");
        for (int rank = 0; rank < size; rank++) {
            text.append(rank == 0 ? "" : ", ")
                    .append(nodes[rank])
                    .append(':')
                    .append(Integer.toBinaryString(gpuMasks[rank]));
        }
        return text.append(']').toString();
    }
}
