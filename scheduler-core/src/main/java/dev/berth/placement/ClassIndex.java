package dev.berth.placement;

/** The keys of one class on all nodes: a column of a {@link ClassTable}. */
final class ClassIndex {
    final ClassTable table;
    final int column;

    ClassIndex(ClassTable table, int column) {
        this.table = table;
        this.column = column;
    }

    /** As {@link ClassTable#best}. */
    long best() {
        return table.best(column);
    }

    /** To be called before the methods below: the tree learns of all nodes that have changed. */
    void takeOverYoung() {
        table.takeOverYoung(column);
    }

    /** The smallest key, {@link ScoreTrees#NONE} when the demand fits nowhere. */
    short minimum() {
        return table.trees().minimum(column);
    }

    short key(int position) {
        return table.trees().key(column, position);
    }

    /** First position with the smallest key among those whose node is allowed, or -1. */
    int first(NodeSet allowed, int[] nodeAt) {
        return table.trees().first(column, allowed, nodeAt);
    }
}
