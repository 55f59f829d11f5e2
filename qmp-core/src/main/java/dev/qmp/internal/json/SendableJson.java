package dev.qmp.internal.json;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks that a server can parse a command. QEMU answers unparsable input with an error that names no command. After
 * such an error, no reply can be assigned. So such a command must not be sent.
 */
public final class SendableJson {

    /** The maximum number of levels of the whole message, which counts as the first level. */
    private static final int MAX_DEPTH = JsonFrameScanner.MAX_DEPTH;

    /** The size of quotes, colon and comma, or of a number. */
    private static final int USUAL_VALUE = 8;

    /** The size of a digit and a comma, or of two brackets. */
    private static final int SHORTEST_VALUE = 2;

    private static final int FEW = 4;

    /** QEMU's limit for one message, less the tokens of the members around the arguments. */
    private static final long MAX_TOKENS = 2L * 1024 * 1024 - 64;

    private static final BigInteger MAX_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final BigInteger MIN_INT64 = BigInteger.valueOf(Long.MIN_VALUE);

    /** An object or array whose members are not checked yet. */
    private record Container(JsonNode node, String where, int depth) {}

    /** Null for a command without arguments, so that its check costs only the check of the name. */
    private @Nullable ArrayDeque<Container> waiting;

    private final int maxSize;
    private long size;
    private long leastSize;
    private long tokens;

    private SendableJson(int maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * Checks name, arguments and all other members.
     *
     * @param maxSize the maximum size in bytes. A command that certainly exceeds it is refused before it is encoded
     * @return the approximate size in bytes. It is not exact for numbers and escaped characters
     * @throws IllegalArgumentException if a part cannot be sent; the message names the part and its place, never a
     *     value
     */
    public static long check(QmpCommand command, int maxSize) {
        SendableJson check = new SendableJson(maxSize);
        check.checkText(command.name(), "the name");
        check.check(command.arguments(), "arguments", 2);
        check.check(command.extra(), "the message", 1);
        return check.size;
    }

    /**
     * Checks one level after the other, without recursion, because a thousand levels exceed the stack of some callers.
     */
    private void check(@Nullable JsonNode root, String where, int depth) {
        if (root == null) {
            return;
        }
        checkValue(root, where, depth);
        for (Container next = next(); next != null; next = next()) {
            checkMembers(next);
        }
    }

    private @Nullable Container next() {
        return waiting == null ? null : waiting.poll();
    }

    private void checkMembers(Container container) {
        String where = container.where;
        int depth = container.depth + 1;
        if (container.node.isObject()) {
            for (Map.Entry<String, JsonNode> member : container.node.properties()) {
                String key = member.getKey();
                checkText(key, where);
                checkValue(member.getValue(), where.length() < 200 ? where + "." + Text.printable(key) : where, depth);
            }
        } else {
            for (JsonNode element : container.node) {
                checkValue(element, where, depth);
            }
        }
    }

    /** Checks a value. Its members are queued for a later check. */
    private void checkValue(JsonNode node, String where, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("it is nested deeper than " + MAX_DEPTH + " levels (fixed limit)");
        }
        grow(USUAL_VALUE, SHORTEST_VALUE);
        countTokens(node);
        if (node.isString()) {
            checkText(node.stringValue(), where);
        } else if (node.isBigDecimal()) {
            BigDecimal value = node.decimalValue();
            if (value.scale() == 0) { // it is written without fraction and exponent
                checkInteger(value.unscaledValue(), where);
            }
        } else if (node.isFloatingPointNumber()) {
            if (!Double.isFinite(node.doubleValue())) {
                throw new IllegalArgumentException(where + " holds NaN or an infinity");
            }
        } else if (node.isBigInteger()) {
            checkInteger(node.bigIntegerValue(), where);
        } else if (node.isContainer()) {
            if (waiting == null) {
                waiting = new ArrayDeque<>(FEW);
            }
            waiting.push(new Container(node, where, depth));
        } else if (node.isPojo() || node.isMissingNode()) {
            throw new IllegalArgumentException(where + " holds a " + node.getNodeType() + " node");
        }
    }

    private static void checkInteger(BigInteger value, String where) {
        if (value.compareTo(MAX_UINT64) > 0 || value.compareTo(MIN_INT64) < 0) {
            throw new IllegalArgumentException(where + " holds a number beyond 64 bits");
        }
    }

    /** Counts the tokens of a value. Of a container these are brackets, commas, names and colons. */
    private void countTokens(JsonNode node) {
        if (node.isContainer()) {
            int members = node.size();
            tokens += 2 + Math.max(0, members - 1) + (node.isObject() ? 2L * members : 0);
        } else {
            tokens++;
        }
        if (tokens > MAX_TOKENS) {
            throw new IllegalArgumentException("it has more than " + MAX_TOKENS + " tokens of JSON (fixed limit)");
        }
    }

    private void grow(int usual, int least) {
        size += usual;
        leastSize += least;
        if (leastSize > maxSize) {
            throw new IllegalArgumentException("it is longer than " + maxSize + " bytes (maxCommandSize)");
        }
    }

    private void checkText(String text, String where) {
        grow(text.length(), text.length());
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < Character.MIN_SURROGATE) {
                continue;
            }
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint) - 1;
            if (isForbidden(codePoint)) {
                throw new IllegalArgumentException(
                        where + " holds a character that QMP cannot carry (a lone surrogate, or a noncharacter such as"
                                + " U+FFFF)");
            }
        }
    }

    /**
     * {@return whether QMP cannot carry a character} These are lone surrogates, and the noncharacters of Unicode: 32 in
     * the middle, and the last two of each plane.
     */
    private static boolean isForbidden(int codePoint) {
        return (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)
                || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF)
                || (codePoint & 0xFFFE) == 0xFFFE;
    }
}
