package org.djlsparse.cli.command;

import java.util.Locale;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads one of an enum's constants by what its {@code toString} says, and says so in errors as
 * well, where picocli would print the Java names.
 *
 * @param <E> the enum
 */
public final class ChoiceConverter<E extends Enum<E>> implements ITypeConverter<E> {

    private final Class<E> type;

    /**
     * Creates a converter.
     *
     * @param type the enum
     */
    public ChoiceConverter(Class<E> type) {
        this.type = type;
    }

    @Override
    public E convert(String value) {
        StringBuilder choices = new StringBuilder();
        for (E choice : type.getEnumConstants()) {
            if (choice.toString().equals(value.toLowerCase(Locale.ROOT))) {
                return choice;
            }
            choices.append(choices.isEmpty() ? "" : ", ").append(choice);
        }
        throw new TypeConversionException("'" + value + "' must be one of " + choices);
    }
}
