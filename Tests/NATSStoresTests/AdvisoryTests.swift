import NATSClient
import Testing

@testable import NATSStores

@Suite("Advisories and metrics in JSON") struct AdvisoryTests {
    private func advisory(_ type: String, _ members: String) -> Advisory {
        let text = """
            {"type":"io.nats.jetstream.advisory.v1.\(type)","id":"i","timestamp":"2026-10-01T12:00:00Z","domain":"hub",\
            "account":"A",\(members),"later":[1]}
            """
        let advisory = Advisory(Payload(copying: text.utf8Span.span))
        #expect(advisory.id == "i" && advisory.domain == "hub" && advisory.account == "A" && advisory.timestamp != nil)
        #expect(advisory.json == Array(text.utf8))
        return advisory
    }

    @Test("what happens to streams and consumers")
    func actions() {
        if case .stream(let event) = advisory("stream_action", #""stream":"S","action":"create""#).event {
            #expect(event.stream == "S" && event.action == .created)
        } else {
            Issue.record("stream_action")
        }
        if case .consumer(let event) = advisory("consumer_action", #""stream":"S","consumer":"C","action":"delete""#).event {
            #expect(event.consumer == "C" && event.action == .deleted)
        } else {
            Issue.record("consumer_action")
        }
        let pause = #""stream":"S","consumer":"C","paused":true,"pause_until":"2026-10-01T12:00:00Z""#
        if case .consumerPaused(let event) = advisory("consumer_pause", pause).event {
            #expect(event.isPaused && event.until != nil)
        } else {
            Issue.record("consumer_pause")
        }
    }

    @Test("what happens to messages")
    func messages() {
        let text = #""stream":"S","consumer":"C","stream_seq":3,"consumer_seq":4,"deliveries":5,"reason":"r""#
        var expected = Advisory.DeliveryFailure()
        expected.stream = "S"
        expected.consumer = "C"
        expected.streamSequence = 3
        expected.consumerSequence = 4
        expected.deliveries = 5
        expected.reason = "r"
        #expect(advisory("max_deliver", text).event == .maximumDeliveries(expected))
        #expect(advisory("nak", text).event == .negativelyAcknowledged(expected))
        #expect(advisory("terminated", text).event == .terminated(expected))
        let batch = advisory("stream_batch_abandoned", #""stream":"S","batch":"b","reason":"timeout""#).event
        if case .batchAbandoned(let event) = batch {
            #expect(event.batch == "b" && event.reason == "timeout")
        } else {
            Issue.record("stream_batch_abandoned")
        }
    }

    @Test("snapshots and restores")
    func transfers() {
        let begin = #""stream":"S","state":{"messages":7},"client":{"user":"u","name":"n","acc":"A","lang":"swift"}"#
        for type in ["snapshot_create", "restore_create"] {
            switch advisory(type, begin).event {
            case .snapshotBegun(let event), .restoreBegun(let event):
                #expect(event.state?.messages == 7 && event.client?.user == "u" && event.client?.account == "A")
            default: Issue.record("\(type)")
            }
        }
        let end = #""stream":"S","start":"2026-10-01T12:00:00Z","end":"2026-10-01T12:00:01Z","bytes":9,"error":"e""#
        for type in ["snapshot_complete", "restore_complete"] {
            switch advisory(type, end).event {
            case .snapshotEnded(let event), .restoreEnded(let event):
                #expect(event.bytes == 9 && event.error == "e" && event.start != event.end)
            default: Issue.record("\(type)")
            }
        }
    }

    @Test("leaders and quorums")
    func leaders() {
        let text = #""stream":"S","consumer":"C","leader":"n1","cluster":"c","replicas":[{"name":"n2","current":true}]"#
        for type in ["domain_leader_elected", "stream_leader_elected", "consumer_leader_elected"] {
            guard case .leaderElected(let event) = advisory(type, text).event else {
                Issue.record("\(type)")
                continue
            }
            #expect(event.leader == "n1" && event.replicas.first?.name == "n2" && event.cluster == "c")
        }
        for type in ["stream_quorum_lost", "consumer_quorum_lost"] {
            guard case .quorumLost(let event) = advisory(type, text).event else {
                Issue.record("\(type)")
                continue
            }
            #expect(event.stream == "S" && event.consumer == "C")
        }
    }

    @Test("groups, servers and the API")
    func others() {
        let group = #""stream":"S","consumer":"C","group":"g","pinned_id":"p","reason":"admin""#
        for type in ["consumer_group_pinned", "consumer_group_unpinned"] {
            switch advisory(type, group).event {
            case .groupPinned(let event), .groupUnpinned(let event):
                #expect(event.group == "g" && event.pinnedClientID == "p" && event.reason == "admin")
            default: Issue.record("\(type)")
            }
        }
        let server = #""server":"n","server_id":"N","cluster":"c","stream":"S","prev_quorum":2,"new_quorum":1"#
        for type in ["server_out_of_space", "server_removed", "meta_rescue"] {
            switch advisory(type, server).event {
            case .serverOutOfSpace(let event), .serverRemoved(let event), .metaRescue(let event):
                #expect(event.server == "n" && event.serverID == "N" && event.previousQuorum == 2 && event.newQuorum == 1)
            default: Issue.record("\(type)")
            }
        }
        if case .apiLimitReached(let event) = advisory("api_limit_reached", #""server":"n","dropped":3"#).event {
            #expect(event.dropped == 3)
        } else {
            Issue.record("api_limit_reached")
        }
        let call = #""server":"n","subject":"$JS.API.INFO","request":"q","response":"{}","client":{"host":"h"}"#
        if case .apiCall(let event) = advisory("api_audit", call).event {
            #expect(event.subject == "$JS.API.INFO" && event.response == "{}" && event.client?.host == "h")
        } else {
            Issue.record("api_audit")
        }
    }

    @Test(
        "what isn't known or can't be read is an advisory, too",
        arguments: [
            #"{"type":"io.nats.jetstream.advisory.v1.miracle","id":"i"}"#, #"{"type":"other.v1.stream_action"}"#,
            #"{"type":"io.nats.jetstream.advisory.v1.max_deliver","stream_seq":"x"}"#, "{", "", "[1]",
        ])
    func unknown(_ text: String) {
        let advisory = Advisory(Payload(copying: text.utf8Span.span))
        #expect(advisory.event == .unknown && advisory.json == Array(text.utf8))
    }

    @Test("a metric tells how long an acknowledgement took")
    func metric() throws {
        let text = """
            {"type":"io.nats.jetstream.metric.v1.consumer_ack","id":"i","timestamp":"2026-10-01T12:00:00Z","stream":"S",\
            "consumer":"C","consumer_seq":1,"stream_seq":2,"ack_time":3000,"deliveries":4,"domain":"hub"}
            """
        let metric = try AcknowledgementMetric(json: text.utf8Span.span)
        #expect(metric.delay == .microseconds(3) && metric.streamSequence == 2 && metric.deliveries == 4)
        #expect(metric.domain == "hub" && metric.consumer == "C" && metric.consumerSequence == 1)
    }
}
