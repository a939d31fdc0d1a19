package org.djlsparse.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text that Git has in place of a large file until Git LFS fetches it.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">the format</a>
 */
final class GitLfsPointer {

    /** As the specification says. */
    private static final int LONGEST = 1024;

    private static final Pattern TEXT =
            Pattern.compile(
                    "version https://\\S+/spec/v\\d+\\n.*\\bsize (\\d+)\\s*", Pattern.DOTALL);

    private GitLfsPointer() {}

    /** Throws if a file is such a text. */
    static void refuse(Path path) throws IOException {
        if (Files.size(path) > LONGEST) {
            return;
        }
        Matcher matcher = TEXT.matcher(Files.readString(path, StandardCharsets.ISO_8859_1));
        if (matcher.matches()) {
            throw WeightFileException.of(
                    path,
                    "is a Git LFS pointer to the file, which has "
                            + matcher.group(1)
                            + " bytes: get it with \"git lfs pull\"");
        }
    }
}
