package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

final class InternerTest {
    private final Interner interner = new Interner();

    @Property(tries = 200)
    void givesEqualValues(@ForAll @Size(max = 20) List<@StringLength(max = 200) String> texts) {
        for (String text : texts) {
            char[] chars = ("x" + text + "y").toCharArray();
            assertThat(interner.string(chars, 1, text.length())).isEqualTo(text);
            assertThat(interner.string(text)).isEqualTo(text);
            assertThat(interner.list(List.of(text))).isEqualTo(List.of(text));
        }
    }

    @Property(tries = 200)
    void givesEqualMaps(@ForAll Map<@AlphaChars @StringLength(max = 3) String, String> map) {
        String[] keys = map.keySet().toArray(new String[0]);
        String[] values = map.values().toArray(new String[0]);
        assertThat(interner.map(keys, values, keys.length)).isEqualTo(map);
        Map<String, String> less = new HashMap<>(map);
        if (keys.length > 0) {
            less.remove(keys[keys.length - 1]);
            assertThat(interner.map(keys, values, keys.length - 1)).isEqualTo(less);
        }
    }

    @Example
    void givesOneInstanceForWhatRecurs() {
        char[] chars = "app.kubernetes.io/name".toCharArray();
        assertThat(interner.string(chars, 0, chars.length))
                .isSameAs(interner.string(chars, 0, chars.length))
                .isSameAs(interner.string(new String(chars)));
        String[] keys = {"a", "b"};
        String[] turned = {"b", "a"};
        Map<String, Long> map = interner.map(keys, new Long[] {1000L, 2000L}, 2);
        assertThat(interner.map(turned, new Long[] {2000L, 1000L}, 2)).isSameAs(map);
        assertThat(interner.list(List.of("a"))).isSameAs(interner.list(List.of("a")));
    }

    /** Millions of different values must not stay. */
    @Example
    void remembersABoundedNumber() {
        String first = interner.string("first".toCharArray(), 0, 5);
        for (int i = 0; i < 1 << 20; i++) {
            interner.string("value-" + i);
        }
        assertThat(interner.string("first".toCharArray(), 0, 5))
                .isEqualTo(first)
                .isNotSameAs(first);
    }
}
