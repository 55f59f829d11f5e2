package dev.qmp.internal.transport;

/**
 * Checks whether junixsocket is on the class path. It does not depend on junixsocket: without it, a class that refers
 * to its types cannot be loaded. It is a class of its own, because the metadata of native images names it as the
 * condition for that lookup.
 */
final class FileDescriptorLibrary {

    private static final String NEEDED =
            "com.kohlschutter.junixsocket:junixsocket-common and :junixsocket-native-common, 2.10 or later";

    private FileDescriptorLibrary() {}

    /**
     * Checks that the optional library is present.
     *
     * @throws IllegalStateException if it is missing; the message names it
     */
    static void require() {
        try {
            Class.forName("org.newsclub.net.unix.AFUNIXSocketChannel");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("file descriptors need " + NEEDED + ", on the class path", e);
        }
    }
}
