/// Codes about messages, counters, schedules and batches. The names are the server's (`server/errors.json`).
extension JetStreamError.Code {
    /// invalid per-message TTL
    public static let messageTTLInvalid = Self(10_165)
    /// per-message TTL is disabled
    public static let messageTTLDisabled = Self(10_166)
    /// message counters is disabled
    public static let messageIncrDisabled = Self(10_168)
    /// message counter increment is missing
    public static let messageIncrMissing = Self(10_169)
    /// message counter has payload
    public static let messageIncrPayload = Self(10_170)
    /// message counter increment is invalid
    public static let messageIncrInvalid = Self(10_171)
    /// message counter is broken
    public static let messageCounterBroken = Self(10_172)
    /// atomic publish is disabled
    public static let atomicPublishDisabled = Self(10_174)
    /// atomic publish sequence is missing
    public static let atomicPublishMissingSeq = Self(10_175)
    /// atomic publish batch is incomplete
    public static let atomicPublishIncompleteBatch = Self(10_176)
    /// atomic publish unsupported header used: {header}
    public static let atomicPublishUnsupportedHeaderBatch = Self(10_177)
    /// atomic publish batch ID is invalid
    public static let atomicPublishInvalidBatchID = Self(10_179)
    /// message schedules is disabled
    public static let messageSchedulesDisabled = Self(10_188)
    /// message schedules pattern is invalid
    public static let messageSchedulesPatternInvalid = Self(10_189)
    /// message schedules target is invalid
    public static let messageSchedulesTargetInvalid = Self(10_190)
    /// message schedules invalid per-message TTL
    public static let messageSchedulesTTLInvalid = Self(10_191)
    /// message schedules invalid rollup
    public static let messageSchedulesRollupInvalid = Self(10_192)
    /// atomic publish batch is too large: {size}
    public static let atomicPublishTooLargeBatch = Self(10_199)
    /// atomic publish batch commit is invalid
    public static let atomicPublishInvalidBatchCommit = Self(10_200)
    /// atomic publish batch contains duplicate message id
    public static let atomicPublishContainsDuplicateMessage = Self(10_201)
    /// message schedules source is invalid
    public static let messageSchedulesSourceInvalid = Self(10_203)
    /// batch publish is disabled
    public static let batchPublishDisabled = Self(10_205)
    /// batch publish pattern is invalid
    public static let batchPublishInvalidPattern = Self(10_206)
    /// batch publish ID is invalid
    public static let batchPublishInvalidBatchID = Self(10_207)
    /// batch publish ID unknown
    public static let batchPublishUnknownBatchID = Self(10_208)
    /// atomic publish too many inflight
    public static let atomicPublishTooManyInflight = Self(10_210)
    /// batch publish too many inflight
    public static let batchPublishTooManyInflight = Self(10_211)
    /// message schedules invalid scheduler
    public static let messageSchedulesSchedulerInvalid = Self(10_212)
    /// message schedules time zone is invalid
    public static let messageSchedulesTimeZoneInvalid = Self(10_223)
    /// message stream source header is not allowed
    public static let messageSourceHdrNotAllowed = Self(10_227)
}
