package org.djlsparse.torch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class TorchArchiveTest {

    private static final String SOURCE =
            """
            class Twice(Module):
                __parameters__ = []
                __buffers__ = []
                training : bool
                def twice(self, x: Tensor) -> Tensor:
                    return x + x
            """;

    @Test
    void theFileIsAZipOfStoredEntries(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("twice.pt");
        TorchArchive.of(SOURCE).write(file);

        try (ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(Collections.list(zip.entries()))
                    .allSatisfy(e -> assertThat(e.getMethod()).isEqualTo(ZipEntry.STORED))
                    .extracting(ZipEntry::getName)
                    .containsExactly(
                            "Twice/data.pkl",
                            "Twice/code/__torch__.py",
                            "Twice/constants.pkl",
                            "Twice/version");
            assertThat(zip.getInputStream(zip.getEntry("Twice/code/__torch__.py")).readAllBytes())
                    .isEqualTo(SOURCE.getBytes(StandardCharsets.UTF_8));
            // Opcodes by hand: PROTO 2, GLOBAL, EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK,
            // BINUNICODE, NEWFALSE, SETITEMS, BUILD, STOP.
            assertThat(zip.getInputStream(zip.getEntry("Twice/data.pkl")).readAllBytes())
                    .isEqualTo(
                            "\u0080\2c__torch__\nTwice\n)\u0081}(X\10\0\0\0training\u0089ub."
                                    .getBytes(StandardCharsets.ISO_8859_1));
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(TorchArchive.of(SOURCE).toBytes());
    }

    @Test
    void theSourceMustBeOneClass() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchArchive.of("def f(x):\n  return x\n"))
                .withMessage("TorchScript source: must have a line \"class NAME(Module):\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchArchive.of(SOURCE + SOURCE.replace("Twice", "Thrice")))
                .withMessage("TorchScript source: has the classes Twice and Thrice, must have one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchArchive.ofResource(TorchArchive.class, "none.py"))
                .withMessage("resource \"none.py\": not beside org.djlsparse.torch.TorchArchive");
    }
}
