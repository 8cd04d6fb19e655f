/// Codes about consumers. The names are the server's (`server/errors.json`).
extension JetStreamError.Code {
    /// the reason in words
    public static let consumerCreate = Self(10_012)
    /// consumer name already in use
    public static let consumerNameExist = Self(10_013)
    /// consumer not found
    public static let consumerNotFound = Self(10_014)
    /// consumer expected to be durable but no durable name set in subject
    public static let consumerDurableNameNotInSubject = Self(10_016)
    /// consumer name in subject does not match durable name in request
    public static let consumerDurableNameNotMatchSubject = Self(10_017)
    /// consumer expected to be durable but a durable name was not set
    public static let consumerDurableNameNotSet = Self(10_018)
    /// consumer expected to be ephemeral but detected a durable name set in subject
    public static let consumerEphemeralWithDurableInSubject = Self(10_019)
    /// consumer expected to be ephemeral but a durable name was set in request
    public static let consumerEphemeralWithDurableName = Self(10_020)
    /// consumer config required
    public static let consumerConfigRequired = Self(10_078)
    /// consumer deliver subject has wildcards
    public static let consumerDeliverToWildcards = Self(10_079)
    /// consumer in push mode can not set max waiting
    public static let consumerPushMaxWaiting = Self(10_080)
    /// consumer deliver subject forms a cycle
    public static let consumerDeliverCycle = Self(10_081)
    /// consumer requires ack policy for max ack pending
    public static let consumerMaxPendingAckPolicyRequired = Self(10_082)
    /// consumer idle heartbeat needs to be >= 100ms
    public static let consumerSmallHeartbeat = Self(10_083)
    /// consumer in pull mode requires explicit ack policy on workqueue stream
    public static let consumerPullRequiresAck = Self(10_084)
    /// consumer in pull mode requires a durable name
    public static let consumerPullNotDurable = Self(10_085)
    /// consumer in pull mode can not have rate limit set
    public static let consumerPullWithRateLimit = Self(10_086)
    /// consumer max waiting needs to be positive
    public static let consumerMaxWaitingNegative = Self(10_087)
    /// consumer idle heartbeat requires a push based consumer
    public static let consumerHBRequiresPush = Self(10_088)
    /// consumer flow control requires a push based consumer
    public static let consumerFCRequiresPush = Self(10_089)
    /// consumer direct requires a push based consumer
    public static let consumerDirectRequiresPush = Self(10_090)
    /// consumer direct requires an ephemeral consumer
    public static let consumerDirectRequiresEphemeral = Self(10_091)
    /// consumer direct on a mapped consumer
    public static let consumerOnMapped = Self(10_092)
    /// consumer filter subject is not a valid subset of the interest subjects
    public static let consumerFilterNotSubset = Self(10_093)
    /// the reason in words
    public static let consumerInvalidPolicy = Self(10_094)
    /// failed to parse consumer sampling configuration: {err}
    public static let consumerInvalidSampling = Self(10_095)
    /// workqueue stream requires explicit ack
    public static let consumerWQRequiresExplicitAck = Self(10_098)
    /// multiple non-filtered consumers not allowed on workqueue stream
    public static let consumerWQMultipleUnfiltered = Self(10_099)
    /// filtered consumer not unique on workqueue stream
    public static let consumerWQConsumerNotUnique = Self(10_100)
    /// consumer must be deliver all on workqueue stream
    public static let consumerWQConsumerNotDeliverAll = Self(10_101)
    /// consumer name is too long, maximum allowed is {max}
    public static let consumerNameTooLong = Self(10_102)
    /// durable name can not contain '.', '*', '>'
    public static let consumerBadDurableName = Self(10_103)
    /// error creating store for consumer: {err}
    public static let consumerStoreFailed = Self(10_104)
    /// consumer already exists and is still active
    public static let consumerExistingActive = Self(10_105)
    /// consumer replacement durable config not the same
    public static let consumerReplacementWithDifferentName = Self(10_106)
    /// consumer description is too long, maximum allowed is {max}
    public static let consumerDescriptionTooLong = Self(10_107)
    /// consumer with flow control also needs heartbeats
    public static let consumerWithFlowControlNeedsHeartbeats = Self(10_108)
    /// invalid push consumer deliver subject
    public static let consumerInvalidDeliverSubject = Self(10_112)
    /// consumer max request batch needs to be > 0
    public static let consumerMaxRequestBatchNegative = Self(10_114)
    /// consumer max request expires needs to be >= 1ms
    public static let consumerMaxRequestExpiresTooSmall = Self(10_115)
    /// max deliver is required to be > length of backoff values
    public static let consumerMaxDeliverBackoff = Self(10_116)
    /// consumer is offline
    public static let consumerOffline = Self(10_119)
    /// consumer max ack pending exceeds system limit of {limit}
    public static let consumerMaxPendingAckExcess = Self(10_121)
    /// consumer max request batch exceeds server limit of {limit}
    public static let consumerMaxRequestBatchExceeded = Self(10_125)
    /// consumer config replica count exceeds parent stream
    public static let consumerReplicasExceedsStream = Self(10_126)
    /// Consumer name can not contain path separators
    public static let consumerNameContainsPathSeparators = Self(10_127)
    /// Consumer create request did not match filtered subject from create subject
    public static let consumerCreateFilterSubjectMismatch = Self(10_131)
    /// Consumer Durable and Name have to be equal if both are provided
    public static let consumerCreateDurableAndNameMismatch = Self(10_132)
    /// consumer config replicas must match interest retention stream's replicas
    public static let consumerReplicasShouldMatchStream = Self(10_134)
    /// consumer metadata exceeds maximum size of {limit}
    public static let consumerMetadataLength = Self(10_135)
    /// consumer cannot have both FilterSubject and FilterSubjects specified
    public static let consumerDuplicateFilterSubjects = Self(10_136)
    /// consumer with multiple subject filters cannot use subject based API
    public static let consumerMultipleFiltersNotAllowed = Self(10_137)
    /// consumer subject filters cannot overlap
    public static let consumerOverlappingSubjectFilters = Self(10_138)
    /// consumer filter in FilterSubjects cannot be empty
    public static let consumerEmptyFilter = Self(10_139)
    /// consumer already exists
    public static let consumerAlreadyExists = Self(10_148)
    /// consumer does not exist
    public static let consumerDoesNotExist = Self(10_149)
    /// consumer inactive threshold exceeds system limit of {limit}
    public static let consumerInactiveThresholdExcess = Self(10_153)
    /// Setting PriorityPolicy requires at least one PriorityGroup to be set
    public static let consumerPriorityPolicyWithoutGroup = Self(10_159)
    /// Provided priority group does not exist for this consumer
    public static let consumerInvalidPriorityGroup = Self(10_160)
    /// Group name cannot be an empty string
    public static let consumerEmptyGroupName = Self(10_161)
    /// Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters
    public static let consumerInvalidGroupName = Self(10_162)
    /// priority groups can not be used with push consumers
    public static let consumerPushWithPriorityGroup = Self(10_178)
    /// consumer ack policy invalid
    public static let consumerAckPolicyInvalid = Self(10_181)
    /// consumer replay policy invalid
    public static let consumerReplayPolicyInvalid = Self(10_182)
    /// consumer ack wait needs to be positive
    public static let consumerAckWaitNegative = Self(10_183)
    /// consumer backoff needs to be positive
    public static let consumerBackOffNegative = Self(10_184)
    /// consumer is offline: {err}
    public static let consumerOfflineReason = Self(10_195)
    /// consumer can not have priority groups when policy is none
    public static let consumerPriorityGroupWithPolicyNone = Self(10_196)
    /// PinnedTTL cannot be set when PriorityPolicy is none
    public static let consumerPinnedTTLWithoutPriorityPolicyNone = Self(10_197)
    /// invalid reset: {err}
    public static let consumerInvalidReset = Self(10_204)
    /// flow control ack policy requires a push based consumer
    public static let consumerAckFCRequiresPush = Self(10_218)
    /// flow control ack policy requires flow control
    public static let consumerAckFCRequiresFC = Self(10_219)
    /// flow control ack policy requires max ack pending
    public static let consumerAckFCRequiresMaxAckPending = Self(10_220)
    /// flow control ack policy requires unset ack wait
    public static let consumerAckFCRequiresNoAckWait = Self(10_221)
    /// flow control ack policy requires unset max deliver
    public static let consumerAckFCRequiresNoMaxDeliver = Self(10_222)
    /// consumer's stream identity does not match: {msg}
    public static let consumerStreamIdentityMismatch = Self(10_225)
}
