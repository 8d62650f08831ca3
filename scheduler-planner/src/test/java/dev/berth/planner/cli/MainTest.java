package dev.berth.planner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aCommandThatRunsExitsWithZero() {
        assertThat(run(() -> 0, "try")).isEqualTo(Main.RAN);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void badInputIsOneLineThatNamesIt() {
        Callable<Integer> bad = () -> {
            throw new BadInputException("c.yaml:3: GPU count 17 is more than 16\n  and more");
        };
        assertThat(run(bad, "try")).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString())
                .isEqualTo("berth: c.yaml:3: GPU count 17 is more than 16 and more" + System.lineSeparator());
    }

    @Test
    void badInputIsFoundUnderAnotherException() {
        Callable<Integer> bad = () -> {
            throw new IllegalStateException("worker failed", new BadInputException("no such file"));
        };
        assertThat(run(bad, "try")).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).isEqualTo("berth: no such file" + System.lineSeparator());
    }

    @Test
    void ourFaultIsOneLineWithoutAStackTrace() {
        Callable<Integer> broken = () -> {
            throw new IllegalStateException("ledger is torn");
        };
        assertThat(run(broken, "try")).isEqualTo(Main.INTERNAL);
        assertThat(err.toString()).contains("ledger is torn").hasLineCount(1);
    }

    @Test
    void errorsAreOurFaultToo() {
        Callable<Integer> broken = () -> {
            throw new StackOverflowError();
        };
        assertThat(run(broken, "try")).isEqualTo(Main.INTERNAL);
        assertThat(err.toString()).contains("StackOverflowError").hasLineCount(1);
    }

    @Test
    void unknownCommandsAreNamed() {
        assertThat(run(() -> 0, "nosuchcommand")).isEqualTo(Main.USAGE);
        assertThat(err.toString())
                .contains("unknown command 'nosuchcommand' (there is try)")
                .hasLineCount(1);
    }

    @Test
    void unknownOptionsAreNamed() {
        assertThat(run(() -> 0, "try", "--nosuch")).isEqualTo(Main.USAGE);
        assertThat(err.toString()).contains("--nosuch", "berth try --help").hasLineCount(1);
    }

    @Test
    void noCommandIsAUsageError() {
        assertThat(run(() -> 0)).isEqualTo(Main.USAGE);
        assertThat(err.toString()).contains("no command given (there is try)").hasLineCount(1);
    }

    @Test
    void helpGoesToStandardOutput() {
        assertThat(run(() -> 0, "--help")).isEqualTo(Main.RAN);
        assertThat(out.toString()).contains("Exit codes", "try", "Tries.");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void everySubcommandOnTheClassPathLoads() {
        assertThat(Main.run(new String[] {"--help"}, new PrintWriter(out, true), new PrintWriter(err, true)))
                .isEqualTo(Main.RAN);
    }

    @Test
    void anOutputThatIsCutShortIsToldFromOneWhoseReaderLeft() {
        assertThat(failureOf("No space left on device")).isEqualTo("No space left on device");
        assertThat(failureOf("Broken pipe")).isNull();
        StandardOutput sound = new StandardOutput(OutputStream.nullOutputStream());
        PrintWriter writer = new PrintWriter(new OutputStreamWriter(sound, StandardCharsets.UTF_8));
        writer.print("text");
        writer.flush();
        assertThat(sound.failure()).isNull();
    }

    private static @Nullable String failureOf(String message) {
        StandardOutput output = new StandardOutput(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        });
        PrintWriter writer = new PrintWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8));
        writer.print("text");
        writer.flush();
        return output.failure();
    }

    private int run(Callable<Integer> body, String... args) {
        Subcommand subcommand = () -> new Try(body);
        return Main.run(List.of(subcommand), args, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    @Command(name = "try", description = "Tries.", mixinStandardHelpOptions = true)
    private static final class Try implements Callable<Integer> {

        private final Callable<Integer> body;

        @CommandLine.Option(names = "--level")
        private int level;

        private Try(Callable<Integer> body) {
            this.body = body;
        }

        @Override
        public Integer call() throws Exception {
            return body.call() + level;
        }
    }
}
