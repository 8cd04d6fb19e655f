/// What can be asked of subjects without a connection.
///
/// A subject is a row of tokens with dots between them, `orders.eu.created`. In a subscription, `*` stands for exactly
/// one token and `>`, as the last token, for one or more. Subjects are compared byte by byte: case matters.
///
/// Every function is pure, allocates nothing for native strings and takes time proportional to the length.
public enum Subject {
    /// Says whether a message on `subject` would reach a subscription to `pattern`.
    ///
    /// False when either has an empty token, or when `>` isn't the pattern's last token. Wildcards in `subject` are
    /// literal bytes.
    ///
    ///     Subject.matches("orders.eu.created", pattern: "orders.*.created")   // true
    ///     Subject.matches("orders", pattern: "orders.>")                      // false
    public static func matches(_ subject: String, pattern: String) -> Bool {
        matches(subject.utf8Span.span, pattern: pattern.utf8Span.span)
    }

    /// Says whether some literal subject would match both patterns, so that one message could reach both.
    public static func overlaps(_ first: String, _ second: String) -> Bool {
        overlaps(first.utf8Span.span, second.utf8Span.span)
    }

    /// Why `subject` can't be subscribed to; nil when it can.
    ///
    /// The rules: at least one byte, no byte up to the space, no empty token, `>` only as the last token.
    /// Source: nats-server `sublist.go`, `IsValidSubject`.
    public static func subscriptionDefect(in subject: String) -> SubjectDefect? {
        SubjectValidation.validateSubscribe(subject.utf8Span.span)
    }

    /// Why `subject` isn't a sound literal subject; nil when it is one.
    ///
    /// The rules of `subscriptionDefect(in:)`, and no wildcard tokens. Publishing checks less: it refuses only what
    /// would break the protocol (an empty subject, blanks and control bytes).
    public static func literalDefect(in subject: String) -> SubjectDefect? {
        SubjectValidation.validateLiteral(subject.utf8Span.span)
    }

    /// Says whether a token of `subject` is `*` or `>`.
    public static func hasWildcards(_ subject: String) -> Bool {
        hasWildcards(subject.utf8Span.span)
    }
}
