package dev.berth.planner.replay;

final class ReplayReport {
    private ReplayReport() {}

    static String html(ReplayResult result) {
        return result.title();
    }
}
