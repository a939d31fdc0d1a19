package org.djlsparse.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BadSafetensorsTest {

    @TempDir Path folder;

    /** The headers, with ' for ", precede 8 bytes of data. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // One tensor.
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,12]}} | hold 12 bytes, must hold"
                        + " 8 for F32 of shape [2]",
                "{'w':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | hold 8 bytes, must hold"
                        + " 12",
                "{'w':{'dtype':'F64','shape':[],'data_offsets':[0,4]}} | hold 4 bytes, must hold 8",
                "{'w':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | [0, 12] lie past the"
                        + " end: the file ends after 8 bytes",
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | must not be negative",
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | must not be negative",
                "{'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | leave a hole after byte"
                        + " 0",
                "{'w':{'dtype':'F32','shape':[-1,-2],'data_offsets':[0,8]}} | no dimension may be"
                        + " negative",
                "{'w':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | must"
                        + " be fewer than 2^63 bytes",
                "{'w':{'dtype':'F32','shape':[2305843009213693952],'data_offsets':[0,8]}} | must be"
                        + " fewer than 2^63 bytes",
                "{'w':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | shape"
                        + " has 99999999999999999999: must be a whole number below 2^63",
                "{'w':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | shape has 2.0",
                "{'w':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}} | shape has STRING",
                "{'w':{'dtype':'F32','shape':2,'data_offsets':[0,8]}} | shape must be a list",
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | data_offsets of two",
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8,8]}} | data_offsets of two",
                "{'w':{'dtype':'F32','shape':[2]}} | data_offsets of two",
                "{'w':{'shape':[2],'data_offsets':[0,8]}} | must have a dtype",
                "{'w':{'dtype':'F32','data_offsets':[0,8]}} | a shape",
                "{'w':{'dtype':32,'shape':[2],'data_offsets':[0,8]}} | dtype is a NUMBER: must be a"
                        + " string",
                "{'w':{'dtype':'F\\ud800','shape':[2],'data_offsets':[0,8]}} | dtype is not valid"
                        + " Unicode",
                // Parts of a byte.
                "{'w':{'dtype':'F4','shape':[15],'data_offsets':[0,8]}} | shape [15] of F4: must be"
                        + " whole bytes",
                "{'w':{'dtype':'F4','shape':[8],'data_offsets':[0,8]}} | hold 8 bytes, must hold 4",
                "{'w':{'dtype':'F6_E2M3','shape':[8],'data_offsets':[0,8]}} | must hold 6",
                "{'w':{'dtype':'C64','shape':[2],'data_offsets':[0,8]}} | must hold 16",
                // An unknown type.
                "{'w':{'dtype':'F31','shape':[2],'data_offsets':[0,12]}} | lie past the end",
                "{'w':{'dtype':'F31','shape':[2],'data_offsets':[8,0]}} | must not be negative",
                "{'w':{'dtype':'F31','shape':[2],'data_offsets':[1,8]}} | leave a hole",
                "{'w':{'dtype':'F31','shape':[-2],'data_offsets':[0,8]}} | no dimension may be"
                        + " negative",
                "{'w':{'dtype':'F31','shape':[2,0],'data_offsets':[0,8]}} | hold 8 bytes, must hold"
                        + " none for F31 of shape [2, 0]",
                "{'w':{'dtype':'F31','shape':[2],'data_offsets':[0,0]}} | hold 0 bytes, must hold"
                        + " some",
                "{'w':{'dtype':'F31','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | must"
                        + " be fewer than 2^63 bytes",
                "{'w':{'dtype':'F32','dtype':'I32','shape':[2],'data_offsets':[0,8]}} | dtype"
                        + " appears twice",
                "{'w':[0,8]} | must be a JSON object",
                // Several tensors; the message names w.
                "{'v':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'w':{'dtype':'U8','shape':[5]"
                        + ",'data_offsets':[3,8]}} | overlap another tensor's, which end at 4",
                "{'v':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'w':{'dtype':'U8','shape':[3]"
                        + ",'data_offsets':[5,8]}} | leave a hole after byte 4",
                "{'w':{'dtype':'U8','shape':[8],'data_offsets':[0,8]},'w':{'dtype':'U8','shape':[8]"
                        + ",'data_offsets':[0,8]}} | appears twice",
            })
    void namesTheTensor(String header, String message) throws IOException {
        assertRefused(
                HandMade.safetensors(header.replace('\'', '"'), new byte[8]), message, "\"w\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | has 8 bytes of data, but"
                        + " its tensors only 4",
                "{} | has 8 bytes of data, but its tensors only 0",
                "{'__metadata__':{'a':'\\ud800'}} | __metadata__: \"a\" is not valid Unicode",
                "{'__metadata__':{'\\udc00':'a'}} | \"\\udc00\" is not valid Unicode",
                "{'__metadata__':{'a':1}} | the value of \"a\" must be a string",
                "{'__metadata__':{'a':'b','a':'c'}} | \"a\" appears twice",
                "{'__metadata__':'a'} | header is not JSON as it must be, at $.__metadata__",
                "[] | header must begin with {",
                "` {}` | header must begin with {",
                "`` | header must begin with {",
                "{'w' | header is not JSON as it must be",
                "{'w': | header is not JSON as it must be, at $.w",
                "{w:1} | header is not JSON as it must be",
                "{}{} | header is not JSON as it must be",
                "{} x | header is not JSON as it must be",
            })
    void namesTheFile(String header, String message) throws IOException {
        byte[] bytes = HandMade.safetensors(header.replace('\'', '"'), new byte[8]);
        assertRefused(bytes, message);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void refusesAFileWithoutLength(int bytes) throws IOException {
        assertRefused(new byte[bytes], "has " + bytes + " bytes, too few");
    }

    @Test
    void refusesAHeaderLongerThanTheFile() throws IOException {
        assertRefused(
                HandMade.little(16).putLong(9).array(),
                "header of 9 bytes: must be at most the 8 that the file has");
    }

    @Test
    void refusesALongHeader() throws IOException {
        assertRefused(
                HandMade.little(16).putLong(100_000_001).array(),
                "header of 100000001 bytes: must be at most 100000000");
        assertRefused(
                HandMade.little(16).putLong(-1).array(),
                "header of 18446744073709551615 bytes: must be at most 100000000");
    }

    @Test
    void refusesTextThatIsNotUtf8() throws IOException {
        byte[] bytes = HandMade.safetensors("{\"w\"}");
        bytes[10] = (byte) 0xff;
        assertRefused(bytes, "header is not text in UTF-8");
    }

    @Test
    void refusesAnUnpairedSurrogate() throws IOException {
        assertRefused(HandMade.safetensors("{\"\\ud800\":{}}"), "name is not valid Unicode");
    }

    @Test
    void staysOnOneLine() throws IOException {
        assertRefused(HandMade.safetensors("{\"a\\nb\\u001b\":1}"), "tensor \"a\\u000ab\\u001b\"");
    }

    @Test
    void refusesAFileCutShort() throws IOException {
        byte[] whole =
                HandMade.safetensors(
                        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
                        new byte[16]);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertRefused(cut, "cut.safetensors: ");
        }
    }

    private void assertRefused(byte[] bytes, String... parts) throws IOException {
        Path file = Files.write(folder.resolve("cut.safetensors"), bytes);
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> WeightFile.open(file).close())
                .withMessageStartingWith(file + ": ")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).hasLineCount(1));
    }
}
