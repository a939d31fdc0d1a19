package org.djlsparse.cli.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;

import org.jspecify.annotations.Nullable;

/**
 * Results for programs: the components of records are the keys, in snake case; enums are written as
 * {@code toString} says.
 */
public final class Json {

    private static final Gson GSON =
            new GsonBuilder()
                    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                    .registerTypeHierarchyAdapter(
                            Enum.class,
                            (JsonSerializer<Enum<?>>)
                                    (value, type, context) -> new JsonPrimitive(value.toString()))
                    .serializeNulls()
                    .disableHtmlEscaping()
                    .create();

    private Json() {}

    /**
     * Formats a record.
     *
     * @param value the record
     * @return one line of JSON in ASCII, which any terminal's encoding passes on
     */
    public static String of(Object value) {
        return Printable.escape(GSON.toJson(value), c -> c >= 0x7f);
    }

    /**
     * Reads a record.
     *
     * @param json a text that {@link #of} returned
     * @param type the record's type
     * @param <T> the record's type
     * @return the record; null if the text is "null" or empty
     * @throws com.google.gson.JsonParseException if the text is no such record
     */
    public static <T> @Nullable T read(String json, Class<T> type) {
        return GSON.fromJson(json, type);
    }
}
