package dev.berth.planner.cli;

import dev.berth.planner.BadInputException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code berth} command: finds its subcommands, runs one, and turns what goes wrong into one line and an exit code. */
public final class Main {

    /** It ran; refusals are a result. */
    public static final int RAN = 0;
    /** A file or value handed in cannot be used. */
    public static final int BAD_INPUT = 1;
    /** The command line itself is wrong. */
    public static final int USAGE = 2;
    /** Our fault. */
    public static final int INTERNAL = 3;

    private Main() {}

    public static void main(String[] args) {
        StandardOutput output = new StandardOutput();
        PrintWriter out = utf8(output);
        PrintWriter err = utf8(System.err);
        int code = run(args, out, err);
        out.flush();
        String failure = output.failure();
        if (failure != null && code == RAN) {
            say(err, "berth: standard output cannot be written: " + failure);
            code = BAD_INPUT;
        }
        err.flush();
        System.exit(code);
    }

    /** Runs with the subcommands on the class path; never throws. */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        try {
            List<Subcommand> found = new ArrayList<>();
            ServiceLoader.load(Subcommand.class, Main.class.getClassLoader()).forEach(found::add);
            return run(found, args, out, err);
        } catch (Throwable t) {
            return internal(t, err);
        }
    }

    /** Runs with exactly these subcommands; never throws. */
    static int run(List<Subcommand> subcommands, String[] args, PrintWriter out, PrintWriter err) {
        try {
            CommandLine line = new CommandLine(new Berth());
            List<CommandLine> children = new ArrayList<>();
            for (Subcommand subcommand : subcommands) {
                children.add(new CommandLine(subcommand.command()));
            }
            children.sort((a, b) -> a.getCommandName().compareTo(b.getCommandName()));
            for (CommandLine child : children) {
                line.addSubcommand(child.getCommandName(), child);
            }
            line.setOut(out)
                    .setErr(err)
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .registerConverter(
                            int.class,
                            text -> wholeNumber(text, Integer.MIN_VALUE, Integer.MAX_VALUE)
                                    .intValue())
                    .registerConverter(long.class, text -> wholeNumber(text, Long.MIN_VALUE, Long.MAX_VALUE))
                    .registerConverter(double.class, Main::number)
                    .setParameterExceptionHandler((e, unused) -> usage(e, err))
                    .setExecutionExceptionHandler((e, unused1, unused2) -> failed(e, err));
            return line.execute(args);
        } catch (Throwable t) { // picocli hands on errors (a full heap, a broken jar)
            return failed(t, err);
        }
    }

    private static Long wholeNumber(String text, long least, long most) {
        try {
            long value = Long.parseLong(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw notAllowed(text, "a whole number from " + least + " to " + most, e);
        }
        throw notAllowed(text, "a whole number from " + least + " to " + most, null);
    }

    private static Double number(String text) {
        try {
            return Double.valueOf(text.strip());
        } catch (NumberFormatException e) {
            throw notAllowed(text, "a number", e);
        }
    }

    private static TypeConversionException notAllowed(String text, String allowed, @Nullable Throwable cause) {
        TypeConversionException e = new TypeConversionException("'" + text + "', allowed: " + allowed);
        e.initCause(cause);
        return e;
    }

    private static int usage(ParameterException e, PrintWriter err) {
        if (debug()) {
            e.printStackTrace(err);
        }
        CommandLine at = e.getCommandLine();
        String name = at.getCommandSpec().qualifiedName();
        String message = message(e);
        if (e instanceof UnmatchedArgumentException unmatched && at.getParent() == null) {
            message = unmatched.getUnmatched().stream()
                    .filter(argument -> !argument.startsWith("-"))
                    .findFirst()
                    .map(argument -> "unknown command '" + argument + "'" + commands(at))
                    .orElse(message);
        }
        say(err, name + ": " + message + "; see '" + name + " --help'");
        return USAGE;
    }

    private static int failed(Throwable t, PrintWriter err) {
        for (Throwable cause = t; cause != null; cause = cause.getCause()) {
            if (cause instanceof BadInputException) {
                if (debug()) {
                    t.printStackTrace(err);
                }
                say(err, "berth: " + message(cause));
                return BAD_INPUT;
            }
            if (cause instanceof ParameterException parameter) {
                return usage(parameter, err);
            }
        }
        return internal(t, err);
    }

    private static int internal(Throwable t, PrintWriter err) {
        if (debug()) {
            t.printStackTrace(err);
        }
        String what = t.getClass().getSimpleName() + (t.getMessage() == null ? "" : ": " + t.getMessage());
        say(err, "berth: internal error: " + what + (debug() ? "" : " (BERTH_DEBUG=1 shows where)"));
        return INTERNAL;
    }

    private static String commands(CommandLine line) {
        return line.getSubcommands().isEmpty()
                ? ""
                : " (there is " + String.join(", ", line.getSubcommands().keySet()) + ")";
    }

    private static String message(Throwable t) {
        return Objects.requireNonNullElse(t.getMessage(), t.getClass().getSimpleName());
    }

    /** One line, whatever the message holds. */
    private static void say(PrintWriter err, String message) {
        err.println(message.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "));
        err.flush();
    }

    private static boolean debug() {
        @Nullable String debug = System.getenv("BERTH_DEBUG");
        return debug != null && !debug.isEmpty() && !debug.equals("0");
    }

    private static PrintWriter utf8(java.io.OutputStream stream) {
        Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
        return new PrintWriter(writer, false);
    }

    @Command(
            name = "berth",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Decides where GPU jobs stand, and says what is wasted.",
            synopsisSubcommandLabel = "COMMAND",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:it ran (refused jobs are a result)",
                "1:bad input: a file or value cannot be used",
                "2:usage: the command line is wrong",
                "3:internal error"
            })
    private static final class Berth implements Runnable {

        @CommandLine.Spec
        private @Nullable CommandSpec spec;

        @Override
        public void run() {
            CommandLine line = Objects.requireNonNull(spec).commandLine();
            throw new ParameterException(line, "no command given" + commands(line));
        }
    }

    private static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"berth " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
