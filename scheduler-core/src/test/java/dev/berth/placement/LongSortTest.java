package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class LongSortTest {
    @Property(tries = 500)
    void sortsTheRangeAndNothingElse(@ForAll @Size(max = 200) long[] words, @ForAll int cut) {
        int from = words.length == 0 ? 0 : Math.floorMod(cut, words.length);
        long[] expected = words.clone();
        Arrays.sort(expected, from, words.length);
        LongSort.sort(words, from, words.length);
        assertThat(words).isEqualTo(expected);
    }
}
