package dev.berth.k8s.engine;

import java.util.Set;

/**
 * How the engine decides. Immutable.
 *
 * @param schedulerNames pods of other schedulers are counted when they are bound, and not decided on
 * @param gate the scheduling gate that holds a pod until Berth has planned it
 * @param planAtCreation whether a pod that can be pinned gets its place from the webhook, when it is created, if there is one at once; the gate holds all others
 * @param steering how released pods are led to their node
 * @param heal whether pods that cannot reach the place that they were released for are deleted, so that their controller makes them anew
 * @param reservationMillis how long what the extender's filter promised is held when no binding follows
 * @param gangTimeoutMillis how long a gang may hold GPUs without all of it being bound, when it does not say so itself
 * @param gangLingerMillis how long a gang of which enough pods are there waits for further ones, where nothing says how many there will be
 * @param nominateAhead for how many pods of kube-scheduler's queue at most a node is nominated before it asks the extender for them; 0 for none
 * @param stuckMillis how long a released pod may be refused by the scheduler before it is healed
 * @param gangVictims what becomes of a gang of which kube-scheduler would preempt a part
 */
public record EngineSettings(
        Set<String> schedulerNames,
        String gate,
        boolean planAtCreation,
        Steering steering,
        boolean heal,
        long reservationMillis,
        long gangTimeoutMillis,
        long gangLingerMillis,
        int nominateAhead,
        long stuckMillis,
        GangVictims gangVictims) {
    /** The gate that pods get at their creation. */
    public static final String GATE = "berth.dev/plan";

    /** What most clusters need. */
    public static final EngineSettings DEFAULT = new EngineSettings(
            Set.of("default-scheduler"),
            GATE,
            true,
            Steering.AUTO,
            true,
            60_000,
            300_000,
            200,
            0,
            10_000,
            GangVictims.WHOLE);

    /** How released pods are led to their node. */
    public enum Steering {
        /** Pods with a controller are pinned, as they can be made anew; the others are nominated, as they cannot. */
        AUTO,
        /** All are pinned. */
        PIN,
        /** All are nominated. */
        NOMINATE
    }

    /** What becomes of a gang of which kube-scheduler would preempt a part, and which could not go on with the rest. */
    public enum GangVictims {
        /** Berth takes the rest away too, on whichever nodes it stands. */
        WHOLE,
        /** It is no victim where others of it stand on other nodes, and Berth takes nothing away. */
        VETO
    }

    /** Checks every field. */
    public EngineSettings {
        schedulerNames = Set.copyOf(schedulerNames);
        require(!gate.isBlank(), "gate", gate, "the name of a scheduling gate");
        require(reservationMillis > 0, "reservationMillis", reservationMillis, "1 or more");
        require(gangTimeoutMillis > 0, "gangTimeoutMillis", gangTimeoutMillis, "1 or more");
        require(gangLingerMillis >= 0, "gangLingerMillis", gangLingerMillis, "0 or more");
        require(nominateAhead >= 0, "nominateAhead", nominateAhead, "0 or more");
        require(stuckMillis > 0, "stuckMillis", stuckMillis, "1 or more");
    }

    private static void require(boolean ok, String field, Object value, String allowed) {
        if (!ok) {
            throw new IllegalArgumentException(field + " is " + value + ", allowed: " + allowed);
        }
    }
}
