package org.djlsparse;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the public types and members, in Java and Kotlin, against a list that changes only on
 * purpose.
 */
class PublicApiTest {

    private static final Path LIST =
            Path.of("src", "test", "resources", "org", "djlsparse", "public-api.txt");
    private static final Path CLASSES = Path.of("target", "classes");
    private static final String RENEW =
            "mvn -q -pl djl-sparse test -Dtest=PublicApiTest -Dapi.renew=true";

    /** Internal in Kotlin, which class files do not show. */
    private static final Set<String> KOTLIN_INTERNAL = Set.of("org.djlsparse.kotlin.Made");

    /** The methods that all records, enums or objects have. */
    private static final Set<String> USUAL =
            Set.of("equals", "hashCode", "toString", "values", "valueOf");

    @Test
    void thePublicFaceIsTheListed() throws Exception {
        List<String> lines = new ArrayList<>();
        for (Class<?> type : publicTypes()) {
            lines.add(
                    (type.isInterface() ? "interface " : type.isEnum() ? "enum " : "class ")
                            + type.getName());
            members(type).forEach(member -> lines.add("    " + member));
        }
        if (Boolean.getBoolean("api.renew")) {
            Files.write(LIST, lines);
        }
        assertThat(lines).as("renewed by: %s", RENEW).isEqualTo(Files.readAllLines(LIST));
    }

    private static List<Class<?>> publicTypes() throws IOException, ClassNotFoundException {
        List<String> names;
        try (Stream<Path> files = Files.walk(CLASSES)) {
            names =
                    files.map(file -> CLASSES.relativize(file).toString().replace('\\', '/'))
                            .filter(file -> file.endsWith(".class"))
                            .map(file -> file.substring(0, file.length() - 6).replace('/', '.'))
                            .filter(name -> !name.startsWith("org.djlsparse.internal."))
                            .filter(name -> !name.endsWith("package-info"))
                            .sorted()
                            .toList();
        }
        List<Class<?>> types = new ArrayList<>();
        for (String name : names) {
            Class<?> type = Class.forName(name, false, PublicApiTest.class.getClassLoader());
            if (isVisible(type) && !KOTLIN_INTERNAL.contains(name)) {
                types.add(type);
            }
        }
        return types;
    }

    private static boolean isVisible(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers())
                && !type.isSynthetic()
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && (outer == null || isVisible(outer));
    }

    private static Set<String> members(Class<?> type) {
        Set<String> members = new TreeSet<>();
        for (Field field : type.getDeclaredFields()) {
            if (isShown(field.getModifiers(), field.isSynthetic(), field.getName())) {
                members.add(field.getName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isShown(constructor.getModifiers(), constructor.isSynthetic(), "new")) {
                members.add("new" + parameters(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isShown(method.getModifiers(), method.isSynthetic(), method.getName())
                    && !USUAL.contains(method.getName())) {
                String modifier = Modifier.isStatic(method.getModifiers()) ? "static " : "";
                members.add(
                        modifier
                                + method.getName()
                                + parameters(method)
                                + ": "
                                + method.getReturnType().getSimpleName());
            }
        }
        return members;
    }

    /**
     * Returns whether a member is visible to users. Kotlin marks internal members by a dollar sign
     * in their names.
     */
    private static boolean isShown(int modifiers, boolean synthetic, String name) {
        return (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers))
                && !synthetic
                && !name.contains("$");
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getParameters())
                .map(Parameter::getType)
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
