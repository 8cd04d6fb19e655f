import NATSProtocol

/// What a consumer was made with, as far as the model knows it.
struct ConsumerSettings: Equatable {
    var name = ""
    var isDurable = false
    var firstSequence: UInt64?
    var beginsBehindLast = false
    var acknowledges = true
    var acknowledgementWaitNanoseconds: UInt64 = 30_000_000_000
    var maximumPending = 1_000
    var maximumWaiting = 512
    var filters: [String] = []
    var inactiveThresholdNanoseconds: UInt64 = 0
    var isInMemory = false
    var isReplicated = true

    /// Reads the body of a request to make one; nil when it can't be read.
    init?(request: [UInt8]) {
        do throws(JSONError) {
            var reader = JSONReader(request.span)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "config" { try read(&reader) } else { try reader.skipValue() }
            }
        } catch {
            return nil
        }
        if !isDurable, inactiveThresholdNanoseconds == 0 { inactiveThresholdNanoseconds = 5_000_000_000 }
        if !acknowledges { maximumPending = .max }
    }

    private mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.readString()
            case "durable_name":
                name = try reader.readString()
                isDurable = true
            case "deliver_policy": beginsBehindLast = try reader.readString() == "new"
            case "opt_start_seq": firstSequence = try reader.readUInt64()
            case "ack_policy": acknowledges = try reader.readString() != "none"
            case "ack_wait": acknowledgementWaitNanoseconds = try reader.readUInt64()
            case "max_ack_pending": maximumPending = try reader.readInt()
            case "max_waiting": maximumWaiting = try reader.readInt()
            case "filter_subject": filters = [try reader.readString()]
            case "filter_subjects": filters = try reader.readStringsOrNull()
            case "inactive_threshold": inactiveThresholdNanoseconds = try reader.readUInt64()
            case "mem_storage": isInMemory = try reader.readBool()
            case "num_replicas": isReplicated = try reader.readInt() != 1
            default: try reader.skipValue()
            }
        }
    }

    func wants(_ subject: String) -> Bool {
        filters.isEmpty || filters.contains { $0 == subject || Subject.matches(subject, pattern: $0) }
    }
}

/// What a consumer remembers, and what survives its leader once the others have it.
struct ConsumerState {
    /// The next message that was never given out.
    var nextSequence: UInt64
    /// The number of the last delivery.
    var lastDelivery: UInt64 = 0
    /// Given out and not acknowledged: how often.
    var pending: [UInt64: Int] = [:]
    /// Done with.
    var finished: Set<UInt64> = []

    enum Change {
        case delivery(UInt64)
        case end(UInt64)
    }

    mutating func apply(_ change: Change, keepsPending: Bool) {
        switch change {
        case .delivery(let sequence):
            lastDelivery += 1
            nextSequence = max(nextSequence, sequence + 1)
            if keepsPending, !finished.contains(sequence) { pending[sequence, default: 0] += 1 }
        case .end(let sequence):
            pending[sequence] = nil
            finished.insert(sequence)
        }
    }
}
