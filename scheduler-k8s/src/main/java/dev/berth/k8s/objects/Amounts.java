package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;

/**
 * Amounts of resources, to be added and compared exactly and rounded up once at the end, as the scheduler does. Each is kept in whole
 * units and 1/1000 of a unit; what does not fit a {@code long} stays at the most that does. Not thread-safe.
 */
final class Amounts {
    private static final String HUGE_PAGES = "hugepages-";
    /** Names are compared one by one, which would take long with very many. */
    private static final int MAX_NAMES = 1000;

    private static final String[] NO_NAMES = {};
    private static final long[] NO_UNITS = {};
    private static final int[] NO_MILLI = {};

    // Most of the amounts of most pods are empty.
    private String[] names = NO_NAMES;
    private long[] units = NO_UNITS;
    private int[] milli = NO_MILLI;
    private int count;

    void clear() {
        count = 0;
    }

    int size() {
        return count;
    }

    String name(int i) {
        return names[i];
    }

    boolean has(String name) {
        return indexOf(name) >= 0;
    }

    private int indexOf(String name) {
        for (int i = 0; i < count; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private int indexOrNew(String name) {
        int at = indexOf(name);
        if (at >= 0) {
            return at;
        }
        if (count == names.length) {
            int more = Math.max(4, 2 * count);
            names = Arrays.copyOf(names, more);
            units = Arrays.copyOf(units, more);
            milli = Arrays.copyOf(milli, more);
        }
        names[count] = name;
        units[count] = 0;
        milli[count] = 0;
        return count++;
    }

    /** Reads a map of quantities in place of what is there. */
    void read(JsonParser p) throws IOException {
        clear();
        if (!Json.object(p)) {
            return;
        }
        String name;
        while ((name = Json.field(p)) != null) {
            if (count == MAX_NAMES) {
                throw BadObjectException.at(p, "at most " + MAX_NAMES + " resources");
            }
            long thousandths = Json.quantity(p, Quantities::milli);
            int at = indexOrNew(Json.INTERNER.string(name));
            if (thousandths < Long.MAX_VALUE) {
                units[at] = thousandths / 1000;
                milli[at] = (int) (thousandths % 1000);
            } else {
                units[at] = Json.quantity(p, Quantities::units);
                milli[at] = 0;
            }
        }
    }

    /** Takes over those amounts that are not there yet. */
    void setAbsent(Amounts other) {
        for (int i = 0; i < other.count; i++) {
            if (!has(other.names[i])) {
                set(other, i);
            }
        }
    }

    /** Takes over one amount of another. */
    void set(Amounts other, int i) {
        int at = indexOrNew(other.names[i]);
        units[at] = other.units[i];
        milli[at] = other.milli[i];
    }

    void add(Amounts other) {
        for (int i = 0; i < other.count; i++) {
            int at = indexOrNew(other.names[i]);
            int thousandths = milli[at] + other.milli[i];
            long sum = units[at] + other.units[i] + thousandths / 1000;
            boolean fits =
                    sum >= 0 && sum < Long.MAX_VALUE && units[at] < Long.MAX_VALUE && other.units[i] < Long.MAX_VALUE;
            units[at] = fits ? sum : Long.MAX_VALUE;
            milli[at] = fits ? thousandths % 1000 : 0;
        }
    }

    void max(Amounts other) {
        for (int i = 0; i < other.count; i++) {
            int at = indexOrNew(other.names[i]);
            if (other.units[i] > units[at] || other.units[i] == units[at] && other.milli[i] > milli[at]) {
                units[at] = other.units[i];
                milli[at] = other.milli[i];
            }
        }
    }

    /** Whether a pod may ask for it as a whole, beside its containers. */
    static boolean isForPod(String name) {
        return name.equals(Quantities.CPU) || name.equals("memory") || isHugePages(name);
    }

    static boolean isHugePages(String name) {
        return name.startsWith(HUGE_PAGES);
    }

    /** In the units of {@link PodSpec#requests}, rounded up; without those of 0. */
    Map<String, Long> rounded() {
        String[] named = new String[count];
        Long[] amounts = new Long[count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            long amount = names[i].equals(Quantities.CPU) ? thousandths(i) : units[i] + (milli[i] > 0 ? 1 : 0);
            if (amount > 0) {
                named[n] = names[i];
                amounts[n++] = amount;
            }
        }
        return Json.INTERNER.map(named, amounts, n);
    }

    private long thousandths(int i) {
        return units[i] >= Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : 1000 * units[i] + milli[i];
    }
}
