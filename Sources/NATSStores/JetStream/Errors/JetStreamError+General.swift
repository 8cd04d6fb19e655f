/// Codes of the API, the account, the cluster and the server. The names are the server's (`server/errors.json`).
extension JetStreamError.Code {
    /// resource limits exceeded for account
    public static let accountResourcesExceeded = Self(10_002)
    /// bad request
    public static let badRequest = Self(10_003)
    /// incomplete results
    public static let clusterIncomplete = Self(10_004)
    /// the reason in words
    public static let clusterNoPeers = Self(10_005)
    /// JetStream not in clustered mode
    public static let clusterNotActive = Self(10_006)
    /// JetStream cluster not assigned to this server
    public static let clusterNotAssigned = Self(10_007)
    /// JetStream system temporarily unavailable
    public static let clusterNotAvail = Self(10_008)
    /// JetStream cluster can not handle request
    public static let clusterNotLeader = Self(10_009)
    /// JetStream clustering support required
    public static let clusterRequired = Self(10_010)
    /// tags placement not supported for operation
    public static let clusterTags = Self(10_011)
    /// insufficient resources
    public static let insufficientResources = Self(10_023)
    /// invalid JSON: {err}
    public static let invalidJSON = Self(10_025)
    /// maximum consumers limit reached
    public static let maximumConsumersLimit = Self(10_026)
    /// maximum number of streams reached
    public static let maximumStreamsLimit = Self(10_027)
    /// insufficient memory resources available
    public static let memoryResourcesExceeded = Self(10_028)
    /// account not found
    public static let noAccount = Self(10_035)
    /// not currently supported in clustered mode
    public static let clusterUnSupportFeature = Self(10_036)
    /// no message found
    public static let noMessageFound = Self(10_037)
    /// expected an empty request payload
    public static let notEmptyRequest = Self(10_038)
    /// JetStream not enabled for account
    public static let notEnabledForAccount = Self(10_039)
    /// peer not a member
    public static let clusterPeerNotMember = Self(10_040)
    /// the reason in words
    public static let raftGeneral = Self(10_041)
    /// sequence {seq} not found
    public static let sequenceNotFound = Self(10_043)
    /// server is not a member of the cluster
    public static let clusterServerNotMember = Self(10_044)
    /// insufficient storage resources available
    public static let storageResourcesExceeded = Self(10_047)
    /// JetStream unable to open temp storage for restore
    public static let tempStorageFailed = Self(10_072)
    /// JetStream not enabled
    public static let notEnabled = Self(10_076)
    /// no JetStream default or applicable tiered limit present
    public static let noLimits = Self(10_120)
    /// pedantic mode: {err}
    public static let pedantic = Self(10_157)
    /// JetStream minimum api level required
    public static let requiredApiLevel = Self(10_185)
    /// cluster member change is in progress
    public static let clusterServerMemberChangeInflight = Self(10_202)
    /// JetStream system rescue not applied: {err}
    public static let clusterRescue = Self(10_224)
}
