package dev.berth.ledger;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Loads a changed copy of this package: its classes of one file are compiled from an edited source, the others are taken
 * as they are, test classes too, so that the test classes loaded here work on the changed ledger. Only {@link SchedulePoints} is shared.
 */
final class MutantLoader extends ClassLoader {
    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "berth", "ledger");
    private static final String PACKAGE = "dev.berth.ledger.";

    private final Map<String, byte[]> compiled;

    private MutantLoader(Map<String, byte[]> compiled) {
        super(MutantLoader.class.getClassLoader());
        this.compiled = compiled;
    }

    /** The source text of a file of this package. */
    static String source(String file) {
        try {
            return Files.readString(SOURCES.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> files() {
        try (Stream<Path> files = Files.list(SOURCES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("package-info.java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Replaces a piece of text that must be there exactly once; blanks and line ends do not matter.
     *
     * @throws IllegalStateException if it is not there once: the source has changed and the mutant must follow it
     */
    static String replace(String file, String text, String piece, String by) {
        String regex =
                Arrays.stream(piece.strip().split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
        Matcher matcher = Pattern.compile(regex).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException(file + " no longer has this piece:\n" + piece);
        }
        String replaced = text.substring(0, matcher.start()) + by + text.substring(matcher.end());
        if (matcher.find()) {
            throw new IllegalStateException(file + " has this piece more than once:\n" + piece);
        }
        return replaced;
    }

    /** Compiles one edited file; the others of the package are loaded again as they are. */
    static MutantLoader withEdited(String editedFile, String editedText) {
        return withEdited(Map.of(editedFile, editedText));
    }

    /** Compiles edited files, from their names to their texts; the others of the package are loaded again as they are. */
    static MutantLoader withEdited(Map<String, String> edited) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units = new ArrayList<>();
        edited.forEach((file, text) -> units.add(new Source(file, text)));
        Map<String, ByteArrayOutputStream> classes = new HashMap<>();
        JavaFileManager inMemory =
                new ForwardingJavaFileManager<JavaFileManager>(compiler.getStandardFileManager(null, null, null)) {
                    @Override
                    public JavaFileObject getJavaFileForOutput(
                            Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                        classes.put(name, bytes);
                        return new Output(name, bytes);
                    }
                };
        StringWriter messages = new StringWriter();
        List<String> options = List.of("-classpath", System.getProperty("java.class.path"), "-proc:none", "-nowarn");
        if (!compiler.getTask(messages, inMemory, null, options, null, units).call()) {
            throw new IllegalStateException(edited.keySet() + " do not compile when changed:\n" + messages);
        }
        Map<String, byte[]> bytes = new HashMap<>();
        classes.forEach((name, stream) -> bytes.put(name, stream.toByteArray()));
        return new MutantLoader(bytes);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(PACKAGE) || name.equals(SchedulePoints.class.getName())) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        byte[] bytes = compiled.get(name);
        if (bytes == null) {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                bytes = in.readAllBytes();
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String file, String text) {
            super(URI.create("string:///dev/berth/ledger/" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Output extends SimpleJavaFileObject {
        private final OutputStream bytes;

        Output(String name, OutputStream bytes) {
            super(URI.create("bytes:///" + name.replace('.', '/') + ".class"), Kind.CLASS);
            this.bytes = bytes;
        }

        @Override
        public OutputStream openOutputStream() {
            return bytes;
        }
    }
}
