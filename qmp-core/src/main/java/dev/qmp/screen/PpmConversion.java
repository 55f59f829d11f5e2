package dev.qmp.screen;

import dev.qmp.error.Text;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Converts PPM, which every QEMU writes, to PNG. The JDK's own writer is in its desktop module, which servers often
 * lack.
 */
final class PpmConversion {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int BYTES_PER_PIXEL = 3;
    private static final int HEADER_FIELDS = 4;

    private final byte[] ppm;
    private int at;
    private final int width;
    private final int height;

    private PpmConversion(byte[] ppm) {
        this.ppm = ppm;
        String[] header = new String[HEADER_FIELDS];
        for (int i = 0; i < header.length; i++) {
            header[i] = nextField();
        }
        if (!header[0].equals("P6") || !header[3].equals("255")) {
            throw new IllegalArgumentException("it is no PPM file of 8 bits per channel");
        }
        width = Integer.parseInt(header[1]);
        height = Integer.parseInt(header[2]);
        long size = (long) width * height * BYTES_PER_PIXEL;
        if (width <= 0 || height <= 0 || ppm.length - at != size) {
            throw new IllegalArgumentException("it has another size than its header states");
        }
    }

    /**
     * {@return the same picture as PNG}
     *
     * @throws ScreenshotException if the bytes are not a PPM of 8 bits per channel
     */
    static byte[] toPng(byte[] ppm) {
        try {
            return new PpmConversion(ppm).write();
        } catch (IllegalArgumentException e) {
            throw new ScreenshotException("the dumped picture cannot be converted: " + Text.messageOf(e), e);
        }
    }

    private String nextField() {
        int start = at;
        while (at < ppm.length && !Character.isWhitespace(ppm[at])) {
            at++;
        }
        String field = new String(ppm, start, at - start, StandardCharsets.US_ASCII);
        at = Math.min(at + 1, ppm.length);
        return field;
    }

    private byte[] write() {
        try {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(file);
            out.write(SIGNATURE);
            chunk(out, "IHDR", header());
            chunk(out, "IDAT", pixels());
            chunk(out, "IEND", new byte[0]);
            return file.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot happen in memory", e);
        }
    }

    private byte[] header() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(width);
        out.writeInt(height);
        // 8 bits per channel, true colour; the only methods of compression and filtering; no interlacing
        out.write(new byte[] {8, 2, 0, 0, 0});
        return bytes.toByteArray();
    }

    private byte[] pixels() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            int row = width * BYTES_PER_PIXEL;
            for (int y = 0; y < height; y++) {
                out.write(0); // no filter for this row
                out.write(ppm, at + y * row, row);
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String type, byte[] content) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(content);
        out.writeInt(content.length);
        out.write(name);
        out.write(content);
        out.writeInt((int) checksum.getValue());
    }
}
