package org.djlsparse.cli.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import org.jspecify.annotations.Nullable;

/** Results for programs: the components of records are the keys, in snake case. */
public final class Json {

    private static final Gson GSON =
            new GsonBuilder()
                    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
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
        StringBuilder ascii = new StringBuilder();
        String json = GSON.toJson(value);
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c < 0x7f) {
                ascii.append(c);
            } else {
                ascii.append(String.format("\\u%04x", (int) c));
            }
        }
        return ascii.toString();
    }

    /**
     * Reads a record.
     *
     * @param json what {@link #of} returned
     * @param type the record's type
     * @param <T> the record's type
     * @return the record; null if the text is "null" or empty
     * @throws com.google.gson.JsonParseException if the text does not fit
     */
    public static <T> @Nullable T read(String json, Class<T> type) {
        return GSON.fromJson(json, type);
    }
}
