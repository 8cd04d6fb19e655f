import NATSClient
import Testing

@testable import NATSStores

@Suite("What the API says and is told, in JSON") struct ModelTests {
    /// What a later server may send. The numbers and escapes must come back as they were.
    static let later = #""later":{"x":[1,2.50,"\u003e"]},"more":null"#

    /// Reads `text` with unknown members, writes it, and reads it again.
    private func checkUnknownFieldsSurvive<Model: ExtensibleJSONObject & Hashable>(_ type: Model.Type, _ text: String) throws {
        let text = "{\(text.isEmpty ? "" : text + ",")\(Self.later)}"
        let model = try Model(json: text.utf8Span.span)
        let written = String(decoding: model.json, as: UTF8.self)
        #expect(written.contains(Self.later), "\(Model.self): \(written)")
        #expect(try Model(json: written.utf8Span.span) == model, "\(Model.self)")
        #expect(model.unknownFields.names == ["later", "more"])
    }

    @Test("fields that nobody knows survive reading and writing")
    func unknownFields() throws {
        try checkUnknownFieldsSurvive(StreamConfiguration.self, #""name":"A","subjects":["a"]"#)
        try checkUnknownFieldsSurvive(ConsumerConfiguration.self, #""durable_name":"c","deliver_policy":"last""#)
        try checkUnknownFieldsSurvive(ConsumerLimits.self, #""max_ack_pending":3"#)
        try checkUnknownFieldsSurvive(StreamSource.self, #""name":"A","opt_start_seq":3"#)
        try checkUnknownFieldsSurvive(ExternalStream.self, #""api":"$JS.x.API","deliver":"d""#)
        try checkUnknownFieldsSurvive(SourceConsumer.self, #""name":"c","deliver_subject":"d""#)
        try checkUnknownFieldsSurvive(SubjectTransform.self, #""src":"a","dest":"b""#)
        try checkUnknownFieldsSurvive(Republish.self, #""dest":"b""#)
        try checkUnknownFieldsSurvive(Placement.self, #""cluster":"c""#)
    }

    @Test("a later server's fields within fields survive, too")
    func nestedUnknownFields() throws {
        let text = """
            {"name":"A","retention":"someday","mirror":{"name":"M","external":{"api":"x","later":1},"later":2},\
            "sources":[{"name":"N","subject_transforms":[{"src":"a","dest":"b","later":3}]}],\
            "placement":{"tags":["t"],"later":4},"consumer_limits":{"later":5},"republish":{"dest":"d","later":6}}
            """
        let configuration = try StreamConfiguration(json: text.utf8Span.span)
        let written = String(decoding: configuration.json, as: UTF8.self)
        for number in 1...6 { #expect(written.contains(#""later":\#(number)"#), "\(number)") }
        #expect(written.contains(#""retention":"someday""#))
        #expect(configuration.retention == .init(rawValue: "someday") && configuration.retention.description == "someday")
    }

    @Test("a request about a stream is its configuration, and says whether it is pedantic")
    func streamRequest() throws {
        let text = #"{"name":"A","later":1}"#
        var request = StreamRequest(configuration: try StreamConfiguration(json: text.utf8Span.span))
        let plain = String(decoding: request.json, as: UTF8.self)
        #expect(plain == String(decoding: request.configuration.json, as: UTF8.self))
        request.isPedantic = true
        let pedantic = String(decoding: request.json, as: UTF8.self)
        #expect(pedantic.contains(#""pedantic":true"#) && pedantic.contains(#""later":1"#))
    }

    @Test("what a server doesn't limit is nil, however it says so")
    func limits() throws {
        let text = #"{"name":"A","max_msgs":-1,"max_bytes":0,"max_age":0,"max_consumers":3,"duplicate_window":1}"#
        let configuration = try StreamConfiguration(json: text.utf8Span.span)
        #expect(configuration.maximumMessages == nil && configuration.maximumBytes == nil && configuration.maximumAge == nil)
        #expect(configuration.maximumConsumers == 3 && configuration.duplicateWindow == .nanoseconds(1))
        let usage = try AccountLimits(json: #"{"max_memory":-1,"max_storage":0,"max_streams":5}"#.utf8Span.span)
        #expect(usage.memory == nil && usage.storage == 0 && usage.streams == 5)
    }

    @Test("tiers of an account, and members spread over the answer")
    func account() throws {
        let text = """
            {"type":"t","memory":1,"storage":2,"reserved_memory":3,"reserved_storage":18446744073709551615,"streams":5,\
            "consumers":6,"limits":{"max_bytes_required":true},"domain":"hub","api":{"level":5,"total":7,"errors":8,"inflight":9},\
            "tiers":{"R1":{"memory":10,"storage":11,"streams":12,"consumers":13,"limits":{"max_streams":14}}}}
            """
        let info = try AccountInfo(json: text.utf8Span.span)
        #expect(info.total.memory == 1 && info.total.reservedStorage == .max && info.total.limits.requiresMaximumBytes)
        #expect(info.domain == "hub" && info.api.level == 5 && info.api.inFlight == 9)
        #expect(info.tiers["R1"]?.consumers == 13 && info.tiers["R1"]?.limits.streams == 14)
        #expect(try AccountInfo(json: info.json.span) == info)
    }

    @Test("a stream that moves says where it goes; a mirror that never heard of its origin says so")
    func places() throws {
        let cluster = try ClusterInfo(
            json: """
                {"name":"c","raft_group":"g","leader":"n1","leader_since":"2026-01-01T00:00:00Z","system_account":true,\
                "traffic_account":"T","replicas":[{"name":"n2","current":true,"offline":true,"active":5,"lag":6,"peer":"p",\
                "pending":true}],"desired":{"name":"c2","replicas":[{"name":"n3","current":false}],\
                "origin":{"replicas":3,"placement":{"cluster":"c1"},"retention":"limits"},\
                "status":{"type":"catchup","description":"d","err":"e"}}}
                """.utf8Span.span)
        #expect(cluster.leaderSince != nil && cluster.isSystemAccount && cluster.trafficAccount == "T")
        #expect(cluster.replicas.first?.isPending == true && cluster.replicas.first?.isOffline == true)
        #expect(cluster.desired?.status?.type == "catchup" && cluster.desired?.replicas.map(\.name) == ["n3"])
        #expect(cluster.desired?.origin?.replicas == 3 && cluster.desired?.origin?.placement?.cluster == "c1")
        #expect(cluster.desired?.origin?.retention == .limits)
        let source = try StreamSourceInfo(
            json: #"{"name":"A","lag":3,"active":-1,"error":{"code":503,"err_code":10118,"description":"d"}}"#.utf8Span.span)
        #expect(source.sinceActive == nil && source.error?.code == .streamOffline && source.error?.isRetryable == true)
        #expect(try StreamSourceInfo(json: #"{"name":"A","active":7}"#.utf8Span.span).sinceActive == .nanoseconds(7))
    }

    @Test("a page names what is missing, and why")
    func pages() throws {
        let text = """
            {"total":3,"offset":0,"limit":256,"streams":[{"config":{"name":"A"}}],"missing":["B","C"],"offline":{"C":"too old"}}
            """
        let page = try PageReply<StreamInfo>(json: text.utf8Span.span)
        #expect(page.elements.map(\.configuration.name) == ["A"] && page.total == 3)
        #expect(page.missing == ["B", "C"] && page.offline == ["C": "too old"])
        let empty = try PageReply<String>(json: #"{"total":0,"consumers":null}"#.utf8Span.span)
        #expect(empty.elements.isEmpty && empty.missing.isEmpty)
    }

    @Test("what a stream has, and what its store has lost")
    func state() throws {
        let text = """
            {"messages":1,"bytes":2,"first_seq":3,"first_ts":"2026-10-01T12:00:00Z","last_seq":4,"last_ts":"0001-01-01T00:00:00Z",\
            "num_subjects":5,"subjects":{"a":1},"num_deleted":6,"deleted":[7],"lost":{"msgs":[8],"bytes":9},"consumer_count":10}
            """
        let state = try StreamState(json: text.utf8Span.span)
        #expect(state.messages == 1 && state.bytes == 2 && state.firstSequence == 3 && state.lastSequence == 4)
        #expect(state.firstTime != nil && state.lastTime == nil && state.subjectCount == 5 && state.subjects == ["a": 1])
        #expect(state.deletedCount == 6 && state.deleted == [7] && state.consumerCount == 10)
        #expect(state.lost?.sequences == [8] && state.lost?.bytes == 9)
        #expect(try StreamState(json: state.json.span) == state)
    }

    @Test("what a server sends when it means nothing")
    func nulls() throws {
        let text = #"{"config":{"name":"A","sources":null,"mirror":null,"metadata":null,"subjects":null},"cluster":null}"#
        let info = try StreamInfo(json: text.utf8Span.span)
        #expect(info.configuration.sources.isEmpty && info.configuration.metadata.isEmpty && info.cluster == nil)
        #expect(throws: (any Error).self) { try StreamInfo(json: #"{"state":3}"#.utf8Span.span) }
    }

    @Test("the place where a consumer begins may come before or behind the word for it")
    func deliverPolicies() throws {
        for text in [
            #"{"deliver_policy":"by_start_sequence","opt_start_seq":3}"#,
            #"{"opt_start_seq":3,"deliver_policy":"by_start_sequence"}"#,
        ] {
            let configuration = try ConsumerConfiguration(json: text.utf8Span.span)
            #expect(configuration.deliverPolicy == .fromSequence(3))
        }
        let text = #"{"opt_start_time":"2026-10-01T12:00:00Z","deliver_policy":"by_start_time"}"#
        let configuration = try ConsumerConfiguration(json: text.utf8Span.span)
        #expect(configuration.deliverPolicy == .fromTime(try #require(ServerTime("2026-10-01T12:00:00Z"))))
        let written = String(decoding: configuration.json, as: UTF8.self)
        #expect(written.contains(#""deliver_policy":"by_start_time""#) && written.contains("2026-10-01T12:00:00Z"))
    }

    @Test("the API level is that of the fields that are used")
    func levels() {
        var stream = StreamConfiguration(name: "A")
        #expect(stream.requiredLevel == 0)
        stream.allowsMessageTTL = true
        #expect(stream.requiredLevel == 1)
        stream.persistence = .asynchronous
        #expect(stream.requiredLevel == 2)
        stream.allowsBatchPublish = true
        #expect(stream.requiredLevel == 4)
        var consumer = ConsumerConfiguration(durable: "c")
        #expect(consumer.requiredLevel == 0)
        consumer.pauseUntil = ServerTime(nanosecondsSince1970: 1)
        #expect(consumer.requiredLevel == 1)
        consumer.acknowledgementPolicy = .flowControl
        #expect(consumer.requiredLevel == 4)
    }

    @Test("policies that a later server has survive, until another one is set")
    func laterPolicies() throws {
        let text = #"{"ack_policy":"perhaps","deliver_policy":"sideways","replay_policy":"backwards"}"#
        var configuration = try ConsumerConfiguration(json: text.utf8Span.span)
        let written = String(decoding: configuration.json, as: UTF8.self)
        #expect(written.contains(#""ack_policy":"perhaps""#) && written.contains(#""replay_policy":"backwards""#))
        #expect(written.contains(#""deliver_policy":"sideways""#))
        configuration.deliverPolicy = .all
        #expect(String(decoding: configuration.json, as: UTF8.self).contains(#""deliver_policy":"all""#))
    }
}
