package org.djlsparse.io;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The checksum of the formats that this package defines. */
final class Sha256 {

    static final int BYTES = 32;

    private Sha256() {}

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
