import Testing

@testable import NATSStores

@Suite("Partitioned groups: what is written of them") struct PartitionedGroupConfigurationTests {
    private func configuration(_ json: String) throws -> PartitionedGroupConfiguration {
        try PartitionedGroupConfiguration(json: json.utf8Span.span)
    }

    @Test("what the orbit libraries write is read, and written in the same way")
    func layout() throws {
        let elastic = #"""
            {"max_members":4,"filter":"orders.*.*","partitioning_wildcards":[1,2],"max_buffered_msg":1000,"members":["b","a"]}
            """#
        let read = try configuration(elastic)
        #expect(read.partitions == 4 && read.filter == "orders.*.*" && read.partitioningWildcards == [1, 2])
        #expect(read.maximumBufferedMessages == 1000 && read.maximumBufferedBytes == nil && read.members == ["b", "a"])
        #expect(String(decoding: read.json, as: UTF8.self) == elastic)
        #expect(read.defect(.elastic) == nil)
        #expect(read.destination == "{{Partition(4,1,2)}}.orders.{{Wildcard(1)}}.{{Wildcard(2)}}")
        let mapped =
            #"{"max_members":2,"filter":"","member_mappings":[{"member":"a","partitions":[1]},{"member":"b","partitions":[0]}]}"#
        #expect(String(decoding: try configuration(mapped).json, as: UTF8.self) == mapped)
        #expect(try configuration(mapped).defect(.static) == nil)
        #expect(try configuration(mapped).memberNames == ["a", "b"])
    }

    @Test(
        "partitions are divided by the rule of all libraries",
        arguments: [
            (8, ["a"], [Array(0..<8)]), (8, ["b", "a"], [[4, 5, 6, 7], [0, 1, 2, 3]]),
            (8, ["c", "b", "a"], [[4, 5], [2, 3, 7], [0, 1, 6]]), (2, ["a", "b", "c"], [[0], [1], []]),
            (5, ["a", "a", "B"], [[2, 3], [2, 3], [0, 1, 4]]), (3, ["x", "y", "z"], [[0], [1], [2]]),
        ])
    func division(_ partitions: Int, _ members: [String], _ expected: [[Int]]) {
        var configuration = PartitionedGroupConfiguration()
        (configuration.partitions, configuration.members) = (partitions, members)
        #expect(members.map { configuration.partitions(of: $0) } == expected)
        #expect(configuration.partitions(of: "nobody") == [])
        #expect(Set(expected.flatMap(\.self)) == Set(0..<partitions))
    }

    @Test("assignments say who has which")
    func assignments() {
        var configuration = PartitionedGroupConfiguration()
        configuration.partitions = 3
        configuration.assignments = [.init("a", [2, 0]), .init("b", [1])]
        #expect(configuration.partitions(of: "a") == [2, 0])
        #expect(configuration.partitions(of: "c") == [])
        #expect(configuration.defect(.static) == nil)
    }

    @Test(
        "what makes no sense isn't used",
        arguments: [
            #"{"max_members":0,"filter":"a.*","partitioning_wildcards":[1]}"#,
            #"{"max_members":-1,"filter":"a.*","partitioning_wildcards":[1]}"#,
            #"{"max_members":9000000000000000000,"filter":"a.*","partitioning_wildcards":[1]}"#,
            #"{"max_members":2,"filter":"a.b","partitioning_wildcards":[1]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[2]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[0]}"#,
            #"{"max_members":2,"filter":"a.*.*","partitioning_wildcards":[1,1]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[1],"members":["a"],"member_mappings":[{"member":"a","partitions":[0,1]}]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[1],"member_mappings":[{"member":"a","partitions":[0]}]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[1],"member_mappings":[{"member":"a","partitions":[0,1,1]}]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[1],"member_mappings":[{"member":"a","partitions":[0,2]}]}"#,
            #"{"max_members":2,"filter":"a.*","partitioning_wildcards":[1],"member_mappings":[{"member":"a","partitions":[0]},{"member":"a","partitions":[1]}]}"#,
        ])
    func defects(_ json: String) throws { #expect(try configuration(json).defect(.elastic) != nil) }
}
