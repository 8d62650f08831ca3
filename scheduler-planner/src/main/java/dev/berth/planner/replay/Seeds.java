package dev.berth.planner.replay;

import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Seeds as they are written on the command line: {@code 42-51}, {@code 42,43} or a mixture. Immutable. */
final class Seeds {
    private static final int MOST = 10_000;

    private final long[] values;

    private Seeds(long[] values) {
        this.values = values;
    }

    /** Reads them for picocli. */
    static final class Converter implements ITypeConverter<Seeds> {
        @Override
        public Seeds convert(String text) {
            LongLinkedOpenHashSet seeds = new LongLinkedOpenHashSet();
            for (String range : text.split(",", -1)) {
                int dash = range.indexOf('-', 1);
                try {
                    long from = Long.parseLong(
                            dash < 0 ? range.strip() : range.substring(0, dash).strip());
                    long to = dash < 0
                            ? from
                            : Long.parseLong(range.substring(dash + 1).strip());
                    if (from < 0 || to < from || to - from >= MOST || seeds.size() + (to - from) >= MOST) {
                        throw bad(text);
                    }
                    for (long seed = from; seed <= to; seed++) {
                        seeds.add(seed);
                    }
                } catch (NumberFormatException e) {
                    throw bad(text);
                }
            }
            return new Seeds(seeds.toLongArray());
        }

        private static TypeConversionException bad(String text) {
            return new TypeConversionException("'" + text
                    + "', allowed: whole numbers and ascending ranges such as 42-51,60, at most " + MOST + " seeds");
        }
    }

    /** The seeds, each once, in the order given. */
    long[] values() {
        return values.clone();
    }

    /** The first few of them. */
    Seeds first(int most) {
        return new Seeds(Arrays.copyOf(values, Math.min(most, values.length)));
    }

    /** The shortest text for these seeds. */
    @Override
    public String toString() {
        boolean range = values.length > 2;
        for (int i = 1; i < values.length; i++) {
            range &= values[i] == values[i - 1] + 1;
        }
        return range
                ? values[0] + "-" + values[values.length - 1]
                : Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(","));
    }
}
