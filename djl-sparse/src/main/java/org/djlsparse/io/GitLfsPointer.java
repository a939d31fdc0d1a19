package org.djlsparse.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text that Git keeps in place of a large file until Git LFS fetches the file.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">the format</a>
 */
final class GitLfsPointer {

    /** The limit of the specification. */
    private static final int LONGEST = 1024;

    private static final Pattern TEXT =
            Pattern.compile(
                    "version https://\\S+/spec/v\\d+\\n.*\\bsize (\\d+)\\s*", Pattern.DOTALL);

    private GitLfsPointer() {}

    /** Checks that a file is not such a text. */
    static void refuse(String location, PositionedReader content) throws IOException {
        if (content.getLength() > LONGEST) {
            return;
        }
        byte[] bytes = PositionedInputStream.readAll(content);
        Matcher matcher = TEXT.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (matcher.matches()) {
            throw WeightFileException.of(
                    location,
                    "is a Git LFS pointer to the file, which has "
                            + matcher.group(1)
                            + " bytes: get it with \"git lfs pull\"");
        }
    }
}
