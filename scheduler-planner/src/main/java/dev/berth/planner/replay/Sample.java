package dev.berth.planner.replay;

import java.util.Collection;
import java.util.function.ToDoubleFunction;

/**
 * Mean and standard deviation of a few numbers.
 *
 * @param mean the mean of those that are numbers; NaN when none is
 * @param sd with n - 1; 0 for less than two
 */
record Sample(double mean, double sd) {
    static <T> Sample of(Collection<T> items, ToDoubleFunction<T> value) {
        double[] values = items.stream()
                .mapToDouble(value)
                .filter(number -> !Double.isNaN(number))
                .toArray();
        double sum = 0;
        for (double number : values) {
            sum += number;
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double number : values) {
            squares += (number - mean) * (number - mean);
        }
        return new Sample(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)));
    }
}
