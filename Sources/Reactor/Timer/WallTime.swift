import CReactor

/// The time of day, for dates that others have written. It may jump; no deadline is kept by it.
package enum WallTime {
    /// Nanoseconds since 1970 UTC.
    package static func nowNanoseconds() -> UInt64 { creactor_wall_nanoseconds() }
}
