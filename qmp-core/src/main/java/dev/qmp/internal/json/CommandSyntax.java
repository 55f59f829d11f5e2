package dev.qmp.internal.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first error in the syntax of a client's message, and QEMU's text on it. Like QEMU, it first separates all
 * tokens of an object or array, and then checks their order and the content of strings. Outside of both, the first
 * token is checked alone. A string has single or double quotes. Duplicate keys are not checked here.
 */
final class CommandSyntax {

    private static final Set<String> KEYWORDS = Set.of("null", "true", "false");
    private static final String ESCAPES = "\"'\\/bfnrt";

    private enum Token {
        OPEN_BRACE,
        CLOSE_BRACE,
        OPEN_BRACKET,
        CLOSE_BRACKET,
        COLON,
        COMMA,
        STRING,
        NUMBER,
        KEYWORD,
        STRAY,
        END
    }

    private final ByteBuffer frame;
    private Token token = Token.END;
    /** The token's first byte. */
    private int begin;
    /** The byte after the token. */
    private int end;

    private CommandSyntax(ByteBuffer frame) {
        this.frame = frame;
        this.end = frame.position();
    }

    /** {@return QEMU's text on the first error in a frame; null if there is none} The frame's position stays. */
    static @Nullable String errorIn(ByteBuffer frame) {
        CommandSyntax syntax = new CommandSyntax(frame);
        syntax.advance();
        String error = syntax.isOpening() ? new CommandSyntax(frame).errorInTokens() : syntax.errorInToken();
        return error == null ? syntax.errorInOrder() : error;
    }

    private boolean isOpening() {
        return token == Token.OPEN_BRACE || token == Token.OPEN_BRACKET;
    }

    private @Nullable String errorInToken() {
        return token == Token.STRAY ? "JSON parse error, stray '" + text(begin, end) + "'" : null;
    }

    private @Nullable String errorInTokens() {
        int depth = 0;
        do {
            advance();
            if (token == Token.STRAY) {
                return errorInToken();
            }
            if (isOpening()) {
                depth++;
            } else if (token == Token.CLOSE_BRACE || token == Token.CLOSE_BRACKET) {
                depth--;
            }
        } while (token != Token.END && depth <= JsonFrameScanner.MAX_DEPTH);
        return token == Token.END ? null : "JSON nesting depth limit exceeded";
    }

    private @Nullable String errorInOrder() {
        boolean isObject = token == Token.OPEN_BRACE;
        String error = errorInValue();
        if (error != null) {
            return "JSON parse error, " + error;
        }
        return isObject ? null : "QMP input must be a JSON object";
    }

    // ------------------------------------------------------------------ the order of tokens

    /** Passes a value. */
    private @Nullable String errorInValue() {
        String error =
                switch (token) {
                    case OPEN_BRACE -> errorInObject();
                    case OPEN_BRACKET -> errorInArray();
                    case STRING -> errorInString();
                    case KEYWORD ->
                        KEYWORDS.contains(text(begin, end)) ? null : "invalid keyword '" + text(begin, end) + "'";
                    case NUMBER -> null;
                    default -> "expecting value";
                };
        if (error == null) {
            advance();
        }
        return error;
    }

    /** Passes an object up to its last bracket. */
    private @Nullable String errorInObject() {
        advance();
        while (token != Token.CLOSE_BRACE) {
            String error = errorInPair();
            if (error == null && token == Token.COMMA) {
                advance();
                error = token == Token.CLOSE_BRACE ? "expecting value" : null;
            } else if (error == null && token != Token.CLOSE_BRACE) {
                error = "expected separator in dict";
            }
            if (error != null) {
                return error;
            }
        }
        return null;
    }

    private @Nullable String errorInPair() {
        boolean isNamed = token == Token.STRING;
        String error = errorInValue();
        if (error != null) {
            return error;
        }
        if (!isNamed) {
            return "key is not a string in object";
        }
        if (token != Token.COLON) {
            return "missing : in object pair";
        }
        advance();
        return errorInValue();
    }

    /** Passes an array up to its last bracket. */
    private @Nullable String errorInArray() {
        advance();
        while (token != Token.CLOSE_BRACKET) {
            String error = errorInValue();
            if (error == null && token == Token.COMMA) {
                advance();
                error = token == Token.CLOSE_BRACKET ? "expecting value" : null;
            } else if (error == null && token != Token.CLOSE_BRACKET) {
                error = "expected separator in list";
            }
            if (error != null) {
                return error;
            }
        }
        return null;
    }

    // ------------------------------------------------------------------ tokens

    private void advance() {
        begin = end;
        while (begin < frame.limit() && JsonFrameScanner.isSpace(frame.get(begin))) {
            begin++;
        }
        end = begin;
        token = begin == frame.limit() ? Token.END : next((char) (frame.get(end++) & 0xFF));
    }

    /** {@return the token that begins with a byte} The byte is passed already. */
    private Token next(char first) {
        return switch (first) {
            case '{' -> Token.OPEN_BRACE;
            case '}' -> Token.CLOSE_BRACE;
            case '[' -> Token.OPEN_BRACKET;
            case ']' -> Token.CLOSE_BRACKET;
            case ':' -> Token.COLON;
            case ',' -> Token.COMMA;
            case '"', '\'' -> string(first);
            case '-' -> isDigit() ? number() : stray();
            default -> {
                if (first >= 'a' && first <= 'z') {
                    while (peek() >= 'a' && peek() <= 'z') {
                        end++;
                    }
                    yield Token.KEYWORD;
                }
                end--;
                yield isDigit() ? number() : stray();
            }
        };
    }

    private Token string(char quote) {
        for (int b = peek(); b >= ' ' && b < 0xFE; b = peek()) {
            end++;
            if (b == quote) {
                return Token.STRING;
            }
            if (b == '\\' && peek() >= ' ' && peek() < 0xFE) {
                end++;
            }
        }
        return stray();
    }

    private Token number() {
        boolean zero = peek() == '0';
        end++;
        if (zero && isDigit()) {
            return stray();
        }
        digits();
        if (peek() == '.') {
            end++;
            if (!isDigit()) {
                return stray();
            }
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            end++;
            if (peek() == '+' || peek() == '-') {
                end++;
            }
            if (!isDigit()) {
                return stray();
            }
            digits();
        }
        return Token.NUMBER;
    }

    private void digits() {
        while (isDigit()) {
            end++;
        }
    }

    /** Passes the byte that does not fit. */
    private Token stray() {
        end = Math.min(end + 1, frame.limit());
        return Token.STRAY;
    }

    private boolean isDigit() {
        return peek() >= '0' && peek() <= '9';
    }

    /** {@return the next byte, 0 to 255; -1 at the end} */
    private int peek() {
        return end < frame.limit() ? frame.get(end) & 0xFF : -1;
    }

    /** {@return a part of the frame as QEMU quotes it: up to the first zero} */
    private String text(int from, int to) {
        byte[] bytes = new byte[to - from];
        frame.get(from, bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        int zero = text.indexOf('\0');
        return zero < 0 ? text : text.substring(0, zero);
    }

    // ------------------------------------------------------------------ the content of a string

    private @Nullable String errorInString() {
        int last = end - 1;
        for (int at = begin + 1; at < last; at++) {
            byte b = frame.get(at);
            if (b < 0) {
                int length = lengthOfCharacter(at, last);
                if (length == 0) {
                    return "invalid UTF-8 sequence in string";
                }
                at += length - 1;
            } else if (b == '\\' && frame.get(at + 1) != 'u') {
                at++;
                if (ESCAPES.indexOf(frame.get(at)) < 0) {
                    return "invalid escape sequence in string";
                }
            } else if (b == '\\') {
                int length = isPair(at) ? 12 : 6;
                if (!isCharacter(length == 12 ? pairAt(at) : hex(at + 2))) {
                    return text(at, Math.min(at + length, end)) + " is not a valid Unicode character";
                }
                at += length - 1;
            }
        }
        return null;
    }

    /** {@return whether two escapes are halves of one character} */
    private boolean isPair(int at) {
        int first = hex(at + 2);
        int second = at + 12 < end && frame.get(at + 6) == '\\' && frame.get(at + 7) == 'u' ? hex(at + 8) : -1;
        return first >= 0xD800 && first <= 0xDBFF && second >= 0xDC00 && second <= 0xDFFF;
    }

    private int pairAt(int at) {
        return Character.toCodePoint((char) hex(at + 2), (char) hex(at + 8));
    }

    /** {@return the value of four hexadecimal digits; -1 if they are others} */
    private int hex(int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = i < end ? Character.digit(frame.get(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private static boolean isCharacter(int codePoint) {
        return codePoint >= 0
                && codePoint <= Character.MAX_CODE_POINT
                && !(codePoint >= 0xFDD0 && codePoint <= 0xFDEF)
                && (codePoint & 0xFFFE) != 0xFFFE
                && !(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    }

    /** {@return the number of bytes of a character beyond ASCII; 0 if it is none} QEMU accepts a zero of two bytes. */
    private int lengthOfCharacter(int at, int limit) {
        int first = frame.get(at) & 0xFF;
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC0 || first >= 0xF8 || at + length > limit) {
            return 0;
        }
        int codePoint = first & (0xFF >> (length + 1));
        for (int i = at + 1; i < at + length; i++) {
            int next = frame.get(i) & 0xFF;
            if ((next & 0xC0) != 0x80) {
                return 0;
            }
            codePoint = (codePoint << 6) | (next & 0x3F);
        }
        int least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
        boolean isShortest = codePoint >= least || (codePoint == 0 && length == 2);
        return isShortest && isCharacter(codePoint) ? length : 0;
    }
}
