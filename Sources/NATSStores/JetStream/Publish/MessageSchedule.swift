public import NATSClient

/// When and what a stream publishes by itself, on behalf of a message (ADR-51, server 2.12).
///
///     try await js.publish(
///         "schedules.report", "{}", options: .init(schedule: .init(.cron("0 0 6 * * *"), target: "reports.daily")))
///
/// The message itself is stored on its own subject, where each subject has one schedule: the next one replaces it. The stream needs
/// ``StreamConfiguration/allowsSchedules``, and both subjects must belong to it.
public struct MessageSchedule: Sendable, Hashable {
    /// When.
    public var time: Time
    /// The subject to publish to.
    public var target: String
    /// Publishes the last message of this subject instead of the schedule's own payload. Server 2.14.
    public var source: String?
    /// How long the stream keeps what is published.
    public var timeToLive: TimeToLive?
    /// What is published replaces what the subject had.
    public var replacesEarlier = false
    /// Of a cron line, such as `Europe/Paris`; UTC without one. Server 2.14.
    public var timeZone: String?

    /// A schedule for `target`.
    public init(
        _ time: Time, target: String, source: String? = nil, timeToLive: TimeToLive? = nil, replacesEarlier: Bool = false,
        timeZone: String? = nil
    ) {
        self.time = time
        self.target = target
        self.source = source
        self.timeToLive = timeToLive
        self.replacesEarlier = replacesEarlier
        self.timeZone = timeZone
    }

    /// When a schedule publishes.
    public struct Time: Sendable, Hashable, CustomStringConvertible {
        /// As it stands in the header.
        public let description: String

        /// Once, at this moment.
        public static func at(_ time: ServerTime) -> Time { Time(description: "@at \(time)") }
        /// Again and again, at least a second apart.
        public static func every(_ interval: Duration) -> Time { Time(description: "@every \(interval.goText)") }
        /// A line of six fields: second, minute, hour, day of the month, month, day of the week.
        public static func cron(_ line: String) -> Time { Time(description: line) }
        /// At the beginning of every hour.
        public static var hourly: Time { Time(description: "@hourly") }
        /// At midnight.
        public static var daily: Time { Time(description: "@daily") }
        /// On Sunday, at midnight.
        public static var weekly: Time { Time(description: "@weekly") }
        /// On the first day of the month, at midnight.
        public static var monthly: Time { Time(description: "@monthly") }
        /// On the first of January, at midnight.
        public static var yearly: Time { Time(description: "@yearly") }
    }
}

/// How long a stream keeps one message (server 2.11). The stream needs ``StreamConfiguration/allowsMessageTTL``.
public enum TimeToLive: Sendable, Hashable, CustomStringConvertible {
    /// As long as the stream's other limits let it, even beyond its maximal age.
    case never
    /// So long; at least a second.
    case after(Duration)

    /// As it stands in the header.
    public var description: String {
        switch self {
        case .never: "never"
        case .after(let duration): duration.goText
        }
    }
}

/// What a message replaces. The stream needs ``StreamConfiguration/allowsRollup``.
public enum Rollup: String, Sendable, Hashable {
    /// All earlier messages of its subject.
    case subject = "sub"
    /// All earlier messages of the stream.
    case all
}

extension Duration {
    /// As Go reads durations: `90s`, `1500ms`. Rounded up to milliseconds.
    var goText: String {
        let (seconds, attoseconds) = components
        guard attoseconds != 0 else { return "\(seconds)s" }
        let milliseconds = nanosecondsClamped / 1_000_000 + (nanosecondsClamped % 1_000_000 > 0 ? 1 : 0)
        return "\(milliseconds)ms"
    }
}
