package org.djlsparse.io;

import java.io.IOException;

/** Takes the bytes of a file at any position. For one thread. */
@FunctionalInterface
interface PositionedOutput {

    void writeAt(long position, byte[] bytes, int offset, int length) throws IOException;
}
