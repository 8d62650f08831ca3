package dev.berth.placement;

import java.util.Arrays;

/**
 * For each node, in its row: its position in the fixed order, and for each {@link ClassTable} two words with a bit a class:
 * the classes whose tasks the node could ever take, and those that it has room for now.
 */
final class ClassMarks {
    private static final int WORDS_PER_TABLE = 2;
    private static final int TABLES_PER_LINE = 4;

    private final NodeRows rows;
    private final int positionAt;
    /** Where in a row the words of a table begin. */
    private int[] tableAt = new int[TABLES_PER_LINE - 1];

    private int tables;

    ClassMarks(NodeRows rows, int[] positionOf) {
        this.rows = rows;
        positionAt = rows.reserve(1 + tableAt.length * WORDS_PER_TABLE);
        for (int table = 0; table < tableAt.length; table++) {
            tableAt[table] = positionAt + 1 + table * WORDS_PER_TABLE;
        }
        for (int node = 0; node < positionOf.length; node++) {
            rows.words()[rows.at(node) + positionAt] = positionOf[node];
        }
    }

    /** Makes room for one more table; answers its number. O(nodes). */
    int addTable() {
        if (tables == tableAt.length) {
            int at = rows.reserve(TABLES_PER_LINE * WORDS_PER_TABLE);
            tableAt = Arrays.copyOf(tableAt, tables + TABLES_PER_LINE);
            for (int table = tables; table < tableAt.length; table++) {
                tableAt[table] = at + (table - tables) * WORDS_PER_TABLE;
            }
        }
        return tables++;
    }

    int position(int node) {
        return (int) rows.words()[rows.at(node) + positionAt];
    }

    long eligible(int table, int node) {
        return rows.words()[rows.at(node) + tableAt[table]];
    }

    void eligible(int table, int node, long classes) {
        rows.words()[rows.at(node) + tableAt[table]] = classes;
    }

    long room(int table, int node) {
        return rows.words()[rows.at(node) + tableAt[table] + 1];
    }

    void room(int table, int node, long classes) {
        rows.words()[rows.at(node) + tableAt[table] + 1] = classes;
    }
}
