package dev.qmp.sample.picture;

/** Pixels in rows, each of three bytes: red, green, blue. Mutable, and confined to one thread. */
public final class Picture {

    static final int BYTES_PER_PIXEL = 3;

    private final int width;
    private final int height;
    private final byte[] rgb;

    /** Creates a black picture. */
    public Picture(int width, int height) {
        this(width, height, new byte[Math.multiplyExact(Math.multiplyExact(width, height), BYTES_PER_PIXEL)]);
    }

    Picture(int width, int height, byte[] rgb) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /** {@return the number of columns} */
    public int width() {
        return width;
    }

    /** {@return the number of rows} */
    public int height() {
        return height;
    }

    /** Paints a rectangle in one colour, {@code 0xRRGGBB}. Parts outside of the picture are ignored. */
    public void fill(int left, int top, int wide, int high, int colour) {
        for (int y = Math.max(0, top); y < Math.min(height, top + high); y++) {
            for (int x = Math.max(0, left); x < Math.min(width, left + wide); x++) {
                int at = (y * width + x) * BYTES_PER_PIXEL;
                rgb[at] = (byte) (colour >> 16);
                rgb[at + 1] = (byte) (colour >> 8);
                rgb[at + 2] = (byte) colour;
            }
        }
    }

    byte[] bytes() {
        return rgb;
    }
}
