package dev.berth.planner.pack;

/**
 * A packing and what follows from it: all that the printed forms and the page show. Immutable.
 *
 * @param packing where everything stands
 * @param utilisation how much is held
 * @param freeShapes what would still fit
 */
public record PackResult(Packing packing, Utilisation utilisation, FreeShapes freeShapes) {
    /** Works out what follows from a packing. */
    public static PackResult of(Packing packing) {
        return new PackResult(
                packing, Utilisation.of(packing.cluster(), packing.holdings()), FreeShapes.beside(packing));
    }
}
