package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class BackoffTest {
    @Property
    void waitsLieBetweenHalfAndWholeOfTwiceAsMuchEachTimeUpToTheMost(@ForAll long seed) {
        Backoff backoff = new Backoff(50, 3_000, new SplittableRandom(seed));
        for (int round = 0; round < 2; round++) {
            long whole = 50;
            for (int i = 0; i < 12; i++) {
                assertThat(backoff.nextMillis()).isBetween(whole / 2, whole);
                whole = Math.min(3_000, whole * 2);
            }
            backoff.reset();
        }
    }
}
