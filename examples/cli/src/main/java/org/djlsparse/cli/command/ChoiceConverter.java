package org.djlsparse.cli.command;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads one of several choices by its name; errors list all names.
 *
 * @param <T> the type of the choices
 */
public final class ChoiceConverter<T> implements ITypeConverter<T> {

    private final Supplier<List<T>> choices;
    private final Function<T, String> name;

    /**
     * Creates a converter.
     *
     * @param choices returns the choices when an option is read
     * @param name returns the name of a choice, in lower case
     */
    public ChoiceConverter(Supplier<List<T>> choices, Function<T, String> name) {
        this.choices = choices;
        this.name = name;
    }

    /**
     * Creates a converter to an enum's constants.
     *
     * @param type the enum
     * @param name returns the name of a constant, in lower case
     * @param <E> the enum
     * @return the converter
     */
    public static <E extends Enum<E>> ChoiceConverter<E> of(
            Class<E> type, Function<? super E, String> name) {
        return new ChoiceConverter<>(() -> List.of(type.getEnumConstants()), name::apply);
    }

    @Override
    public T convert(String value) {
        String wanted = value.trim().toLowerCase(Locale.ROOT);
        List<T> all = choices.get();
        return all.stream()
                .filter(choice -> name.apply(choice).equals(wanted))
                .findFirst()
                .orElseThrow(
                        () ->
                                new TypeConversionException(
                                        "'"
                                                + value
                                                + "' must be one of "
                                                + all.stream()
                                                        .map(name)
                                                        .collect(Collectors.joining(", "))));
    }
}
