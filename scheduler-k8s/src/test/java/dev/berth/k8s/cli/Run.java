package dev.berth.k8s.cli;

import dev.berth.planner.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A run of the whole command.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it said on standard error
 */
record Run(int code, String out, String err) {
    static Run of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
        return new Run(code, out.toString(), err.toString());
    }
}
