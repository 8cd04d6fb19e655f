import NATSClient
internal import NATSProtocol

/// How a partitioned group is divided: what a key-value bucket keeps of it, as JSON that the orbit libraries write and read, too.
public struct PartitionedGroupConfiguration: Sendable, Hashable {
    /// How many partitions there are, so how many members can have something to do.
    public internal(set) var partitions = 0
    /// Which subjects are divided, with a `*` for each token that may decide; only told of a static group.
    public internal(set) var filter = ""
    /// Of an elastic group: which of the filter's `*` decide, counted from 1.
    public internal(set) var partitioningWildcards: [Int] = []
    /// Of an elastic group: messages that its stream has at most.
    public internal(set) var maximumBufferedMessages: Int?
    /// Of an elastic group: bytes that its stream has at most.
    public internal(set) var maximumBufferedBytes: Int?
    /// Members that share all partitions evenly; those beyond the number of partitions get none.
    public internal(set) var members: [String] = []
    /// Members with partitions of their own choice; only without ``members``.
    public internal(set) var assignments: [PartitionAssignment] = []

    /// Those that may get partitions.
    public var memberNames: [String] { members.isEmpty ? assignments.map(\.member) : members }

    /// The partitions of a member, by the rule that all libraries share: members in the order of their names get as many each, one
    /// after the other, and the first ones one more each while there are some left.
    public func partitions(of member: String) -> [Int] {
        guard !members.isEmpty else { return assignments.filter { $0.member == member }.flatMap(\.partitions) }
        let inOrder = Set(members).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(partitions)
        guard let place = inOrder.firstIndex(of: member) else { return [] }
        let share = partitions / inOrder.count
        let shared = share * inOrder.count
        let ofPlace = Array(place * share..<place * share + share)
        return place < partitions - shared ? ofPlace + [shared + place] : ofPlace
    }

    /// Whether both divide the same in the same way; who the members are may differ.
    func isSameDivision(as other: PartitionedGroupConfiguration) -> Bool {
        partitions == other.partitions && filter == other.filter && partitioningWildcards == other.partitioningWildcards
            && maximumBufferedMessages == other.maximumBufferedMessages && maximumBufferedBytes == other.maximumBufferedBytes
    }
}

/// A member with the partitions that it gets, counted from 0.
public struct PartitionAssignment: Sendable, Hashable {
    /// Its name.
    public var member: String
    /// Their numbers.
    public var partitions: [Int]

    /// A member, and what it gets.
    public init(_ member: String, _ partitions: [Int]) {
        self.member = member
        self.partitions = partitions
    }
}

extension PartitionAssignment: JSONObject {
    init() { self.init("", []) }

    static let fields: [JSONField<PartitionAssignment>] = [.always("member", \.member), .always("partitions", \.partitions)]
}

extension PartitionedGroupConfiguration: JSONObject {
    static let fields: [JSONField<PartitionedGroupConfiguration>] = [
        .always("max_members", \.partitions), .always("filter", \.filter),
        .field("partitioning_wildcards", \.partitioningWildcards, unless: []),
        .limit("max_buffered_msg", \.maximumBufferedMessages), .limit("max_buffered_bytes", \.maximumBufferedBytes),
        .field("members", \.members, unless: []), .field("member_mappings", \.assignments, unless: []),
    ]
}

// MARK: - What makes sense

extension PartitionedGroupConfiguration {
    /// A consumer has a filter for each of its partitions.
    static let partitionsMax = 65_536

    /// What is wrong with it, in words.
    func defect(_ kind: PartitionedGroup.Kind) -> String? {
        guard (1...Self.partitionsMax).contains(partitions) else {
            return "there must be from 1 to \(Self.partitionsMax) partitions, not \(partitions)"
        }
        return (kind == .elastic ? defectOfFilter : nil) ?? defectOfAssignments
    }

    private var defectOfFilter: String? {
        let wildcards = filter.split(separator: ".", omittingEmptySubsequences: false).count { $0 == "*" }
        let chosen = Set(partitioningWildcards)
        guard !chosen.isEmpty, chosen.count == partitioningWildcards.count, chosen.allSatisfy({ $0 >= 1 && $0 <= wildcards })
        else {
            return "the partitioning wildcards \(partitioningWildcards) must be different ones of the \(wildcards) in '\(filter)'"
        }
        return nil
    }

    private var defectOfAssignments: String? {
        guard !assignments.isEmpty else { return nil }
        guard members.isEmpty else { return "there are both members and assignments" }
        guard Set(assignments.map(\.member)).count == assignments.count else { return "a member is assigned partitions twice" }
        let assigned = assignments.flatMap(\.partitions)
        guard assigned.count == partitions, Set(assigned) == Set(0..<partitions) else {
            return "each of the partitions 0 to \(partitions - 1) must be assigned once"
        }
        return nil
    }

    /// Under which subject a message stands in the stream of an elastic group: its partition before its own.
    var destination: String {
        var number = 0
        let tokens = filter.split(separator: ".", omittingEmptySubsequences: false).map { token in
            guard token == "*" else { return String(token) }
            number += 1
            return "{{Wildcard(\(number))}}"
        }
        let wildcards = partitioningWildcards.map(String.init).joined(separator: ",")
        return "{{Partition(\(partitions),\(wildcards))}}.\(tokens.joined(separator: "."))"
    }
}
