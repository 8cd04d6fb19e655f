/// Codes about streams, their mirrors, sources and snapshots. The names are the server's (`server/errors.json`).
extension JetStreamError.Code {
    /// deliver subject not valid
    public static let snapshotDeliverSubjectInvalid = Self(10_015)
    /// stream external api prefix {prefix} must not overlap with {subject}
    public static let streamExternalApiOverlap = Self(10_021)
    /// stream external delivery prefix {prefix} overlaps with stream subject {subject}
    public static let streamExternalDelPrefixOverlaps = Self(10_022)
    /// stream external delivery prefix {prefix} must not contain wildcards
    public static let streamInvalidExternalDeliverySubj = Self(10_024)
    /// the reason in words
    public static let mirrorConsumerSetupFailed = Self(10_029)
    /// stream mirror must have max message size >= source
    public static let mirrorMaxMessageSizeTooBig = Self(10_030)
    /// stream mirrors can not also contain other sources
    public static let mirrorWithSources = Self(10_031)
    /// stream mirrors can not have both start seq and start time configured
    public static let mirrorWithStartSeqAndTime = Self(10_032)
    /// stream mirrors can not contain filtered subjects
    public static let mirrorWithSubjectFilters = Self(10_033)
    /// stream mirrors can not contain subjects
    public static let mirrorWithSubjects = Self(10_034)
    /// JetStream unable to subscribe to restore snapshot {subject}: {err}
    public static let restoreSubscribeFailed = Self(10_042)
    /// the reason in words
    public static let sourceConsumerSetupFailed = Self(10_045)
    /// stream source must have max message size >= target
    public static let sourceMaxMessageSizeTooBig = Self(10_046)
    /// the reason in words
    public static let streamAssignment = Self(10_048)
    /// the reason in words
    public static let streamCreate = Self(10_049)
    /// the reason in words
    public static let streamDelete = Self(10_050)
    /// the reason in words
    public static let streamGeneralError = Self(10_051)
    /// the reason in words
    public static let streamInvalidConfig = Self(10_052)
    /// the reason in words
    public static let streamLimits = Self(10_053)
    /// message size exceeds maximum allowed
    public static let streamMessageExceedsMaximum = Self(10_054)
    /// stream mirror configuration can not be updated
    public static let streamMirrorNotUpdatable = Self(10_055)
    /// stream name in subject does not match request
    public static let streamMismatch = Self(10_056)
    /// the reason in words
    public static let streamMsgDeleteFailed = Self(10_057)
    /// stream name already in use with a different configuration
    public static let streamNameExist = Self(10_058)
    /// stream not found
    public static let streamNotFound = Self(10_059)
    /// expected stream does not match
    public static let streamNotMatch = Self(10_060)
    /// Replicas configuration can not be updated
    public static let streamReplicasNotUpdatable = Self(10_061)
    /// restore failed: {err}
    public static let streamRestore = Self(10_062)
    /// expected stream sequence does not match
    public static let streamSequenceNotMatch = Self(10_063)
    /// snapshot failed: {err}
    public static let streamSnapshot = Self(10_064)
    /// subjects overlap with an existing stream
    public static let streamSubjectOverlap = Self(10_065)
    /// the reason in words
    public static let streamTemplateCreate = Self(10_066)
    /// the reason in words
    public static let streamTemplateDelete = Self(10_067)
    /// template not found
    public static let streamTemplateNotFound = Self(10_068)
    /// the reason in words
    public static let streamUpdate = Self(10_069)
    /// wrong last msg ID: {id}
    public static let streamWrongLastMsgID = Self(10_070)
    /// wrong last sequence: {seq}
    public static let streamWrongLastSequence = Self(10_071)
    /// template name in subject does not match request
    public static let templateNameNotMatchSubject = Self(10_073)
    /// replicas > 1 not supported in non-clustered mode
    public static let streamReplicasNotSupported = Self(10_074)
    /// peer remap failed
    public static let peerRemap = Self(10_075)
    /// the reason in words
    public static let streamStoreFailed = Self(10_077)
    /// stream not valid
    public static let streamInvalid = Self(10_096)
    /// header size exceeds maximum allowed of 64k
    public static let streamHeaderExceedsMaximum = Self(10_097)
    /// invalid operation on sealed stream
    public static let streamSealed = Self(10_109)
    /// the reason in words
    public static let streamPurgeFailed = Self(10_110)
    /// the reason in words
    public static let streamRollupFailed = Self(10_111)
    /// account requires a stream config to have max bytes set
    public static let streamMaxBytesRequired = Self(10_113)
    /// subject details would exceed maximum allowed
    public static let streamInfoMaxSubjects = Self(10_117)
    /// stream is offline
    public static let streamOffline = Self(10_118)
    /// stream max bytes exceeds account limit max stream bytes
    public static let streamMaxStreamBytesExceeded = Self(10_122)
    /// can not move and scale a stream in a single update
    public static let streamMoveAndScale = Self(10_123)
    /// stream move already in progress
    public static let streamMoveInProgress = Self(10_124)
    /// Stream name can not contain path separators
    public static let streamNameContainsPathSeparators = Self(10_128)
    /// stream reconfiguration not in progress
    public static let streamReconfigureNotInProgress = Self(10_129)
    /// stream name already in use, cannot restore
    public static let streamNameExistRestoreFailed = Self(10_130)
    /// replicas count cannot be negative
    public static let replicasCountCannotBeNegative = Self(10_133)
    /// duplicate source configuration detected
    public static let sourceDuplicateDetected = Self(10_140)
    /// sourced stream name is invalid
    public static let sourceInvalidStreamName = Self(10_141)
    /// mirrored stream name is invalid
    public static let mirrorInvalidStreamName = Self(10_142)
    /// stream mirrors can not have first sequence configured
    public static let mirrorWithFirstSeq = Self(10_143)
    /// source with multiple subject transforms cannot also have a single subject filter
    public static let sourceMultipleFiltersNotAllowed = Self(10_144)
    /// source transform source: {err}
    public static let sourceInvalidSubjectFilter = Self(10_145)
    /// source transform: {err}
    public static let sourceInvalidTransformDestination = Self(10_146)
    /// source filters can not overlap
    public static let sourceOverlappingSubjectFilters = Self(10_147)
    /// mirror with multiple subject transforms cannot also have a single subject filter
    public static let mirrorMultipleFiltersNotAllowed = Self(10_150)
    /// mirror transform source: {err}
    public static let mirrorInvalidSubjectFilter = Self(10_151)
    /// mirror subject filters can not overlap
    public static let mirrorOverlappingSubjectFilters = Self(10_152)
    /// mirror transform: {err}
    public static let mirrorInvalidTransformDestination = Self(10_154)
    /// stream transform source: {err}
    public static let streamTransformInvalidSource = Self(10_155)
    /// stream transform: {err}
    public static let streamTransformInvalidDestination = Self(10_156)
    /// duplicate message id is in process
    public static let streamDuplicateMessageConflict = Self(10_158)
    /// expected last sequence per subject temporarily unavailable
    public static let streamExpectedLastSeqPerSubjectNotReady = Self(10_163)
    /// wrong last sequence
    public static let streamWrongLastSequenceConstant = Self(10_164)
    /// too many requests
    public static let streamTooManyRequests = Self(10_167)
    /// stream mirrors can not also calculate counters
    public static let mirrorWithCounters = Self(10_173)
    /// min last sequence
    public static let streamMinLastSeq = Self(10_180)
    /// stream mirrors can not also schedule messages
    public static let mirrorWithMsgSchedules = Self(10_186)
    /// stream source can not also schedule messages
    public static let sourceWithMsgSchedules = Self(10_187)
    /// missing sequence for expected last sequence per subject
    public static let streamExpectedLastSeqPerSubjectInvalid = Self(10_193)
    /// stream is offline: {err}
    public static let streamOfflineReason = Self(10_194)
    /// stream mirrors can not also use atomic publishing
    public static let mirrorWithAtomicPublish = Self(10_198)
    /// stream mirrors can not also use batch publishing
    public static let mirrorWithBatchPublish = Self(10_209)
    /// stream mirror consumer config is invalid
    public static let mirrorDurableConsumerCfgInvalid = Self(10_213)
    /// stream mirror consumer requires flow control ack policy
    public static let mirrorConsumerRequiresAckFC = Self(10_214)
    /// stream source consumer config is invalid
    public static let sourceDurableConsumerCfgInvalid = Self(10_215)
    /// duplicate stream source consumer detected
    public static let sourceDurableConsumerDuplicateDetected = Self(10_216)
    /// stream source consumer requires flow control ack policy
    public static let sourceConsumerRequiresAckFC = Self(10_217)
    /// stream reconfiguration already in progress
    public static let streamReconfigureInProgress = Self(10_226)
}
