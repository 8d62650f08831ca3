package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The trees of minima against arrays that are searched from end to end. */
class ScoreTreesTest {
    private static final int CHANGES = 300;

    @Property(tries = 300)
    void sayWhatASearchOfTheArraysSays(
            @ForAll @IntRange(max = 5000) int positions,
            @ForAll @IntRange(min = 1, max = 400) int keys,
            @ForAll @IntRange(min = 1, max = 5) int columns,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Cluster cluster = nodes(positions);
        int[] nodeAt = Engine.order(positions, seed);
        short[][] naive = new short[columns + 2][positions];
        Arrays.fill(naive[columns], ScoreTrees.NONE);
        Arrays.fill(naive[columns + 1], ScoreTrees.NONE);
        ScoreTrees trees = new ScoreTrees(positions, columns);
        for (int column = 0; column < columns; column++) {
            for (int position = 0; position < positions; position++) {
                naive[column][position] = key(random, keys);
                trees.setLeaf(column, position, naive[column][position]);
            }
            trees.rebuild(column);
        }
        for (int change = 0; change < CHANGES; change++) {
            if (change == CHANGES / 2) {
                trees.widen(columns + 2);
            }
            int column = random.nextInt(trees.columns());
            check(trees, column, naive[column], cluster, nodeAt, random);
            if (positions == 0) {
                return;
            }
            // Now and then the minimum itself goes, which is what a tree of minima is most easily wrong about.
            int position = random.nextInt(3) == 0 && trees.minimum(column) != ScoreTrees.NONE
                    ? trees.first(column)
                    : random.nextInt(positions);
            naive[column][position] = key(random, keys);
            trees.set(column, position, naive[column][position]);
            short[] read = new short[Long.SIZE];
            trees.keys(position, (1L << trees.columns()) - 1, read);
            for (int c = 0; c < trees.columns(); c++) {
                assertThat(read[c]).isEqualTo(naive[c][position]).isEqualTo(trees.key(c, position));
            }
        }
    }

    private static void check(
            ScoreTrees trees, int column, short[] naive, Cluster cluster, int[] nodeAt, SplittableRandom random) {
        int best = first(naive, null, nodeAt);
        assertThat(trees.minimum(column)).isEqualTo(best < 0 ? ScoreTrees.NONE : naive[best]);
        if (best >= 0) {
            assertThat(trees.first(column)).isEqualTo(best);
        }
        NodeSet allowed = NodeSet.of(cluster);
        int share = 1 << random.nextInt(10);
        for (int node = 0; node < naive.length; node++) {
            if (random.nextInt(share) == 0) {
                allowed.add(node);
            }
        }
        assertThat(trees.first(column, allowed, nodeAt)).isEqualTo(first(naive, allowed, nodeAt));
    }

    private static int first(short[] keys, @org.jspecify.annotations.Nullable NodeSet allowed, int[] nodeAt) {
        int best = -1;
        for (int position = 0; position < keys.length; position++) {
            if (keys[position] != ScoreTrees.NONE
                    && (allowed == null || allowed.contains(nodeAt[position]))
                    && (best < 0 || keys[position] < keys[best])) {
                best = position;
            }
        }
        return best;
    }

    private static short key(SplittableRandom random, int keys) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> ScoreTrees.NONE;
            case 2 -> (short) (random.nextBoolean() ? NodeScorer.MIN_KEY : NodeScorer.MAX_KEY);
            default -> (short) (random.nextInt(keys) - keys / 2);
        };
    }

    private static Cluster nodes(int count) {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < count; node++) {
            builder.add(NodeSpec.named("n" + node).build());
        }
        return builder.build();
    }

    @Property(tries = 200)
    void theOrderIsAPermutationThatRepeats(@ForAll @IntRange(max = 2000) int nodes, @ForAll long seed) {
        int[] order = Engine.order(nodes, seed);
        assertThat(Engine.order(nodes, seed)).isEqualTo(order);
        Arrays.sort(order);
        for (int i = 0; i < nodes; i++) {
            assertThat(order[i]).isEqualTo(i);
        }
    }
}
