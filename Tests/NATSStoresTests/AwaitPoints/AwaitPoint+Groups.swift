import AwaitPointKit

@testable import NATSClient
@testable import NATSStores

/// Answers about partitioned groups that don't come.
extension AwaitPoint {
    static let groups: [AwaitPoint] = [
        request(stream: "createStaticGroup(String, partitions, members)") { stream in
            _ = try await stream.createStaticGroup("g", partitions: 1, members: ["a"])
        },
        request(stream: "createStaticGroup(String, partitions, assignments)") { stream in
            _ = try await stream.createStaticGroup("g", partitions: 1, assignments: [.init("a", [0])])
        },
        request(stream: "createElasticGroup(String, partitions, filter, wildcards)") { stream in
            _ = try await stream.createElasticGroup("g", partitions: 1, filter: "a.*", wildcards: [1])
        },
        request(stream: "group(String, PartitionedGroup.Kind)") { stream in _ = try await stream.group("g", .static) },
        request(stream: "groupNames(PartitionedGroup.Kind)") { stream in _ = try await stream.groupNames(.static) },
        group("configuration()") { group in _ = try await group.configuration() },
        group("delete()") { group in try await group.delete() },
        group("activeMembers()") { group in _ = try await group.activeMembers() },
        group("stepDown(String)") { group in try await group.stepDown("a") },
        group("add(members)") { group in try await group.add(members: ["a"]) },
        group("remove(members)") { group in try await group.remove(members: ["a"]) },
        group("assign([PartitionAssignment])") { group in try await group.assign([]) },
        group("process(as, ConsumerConfiguration, function)") { group in try await group.process(as: "a") { _ in } },
    ]

    private static func group(
        _ call: String, _ body: @escaping @Sendable (PartitionedGroup) async throws -> Void
    ) -> AwaitPoint {
        request("PartitionedGroup.\(call)") { js in
            try await body(PartitionedGroup(stream: js.unverifiedStream("S"), name: "g", kind: .elastic))
        }
    }
}
