import Testing

@testable import NATSProtocol

@Suite("Frame encoder")
struct FrameEncoderTests {
    private func encoded(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer(minimumCapacity: 0)
        write(&buffer)
        return String(repairing: buffer.span)
    }

    @Test("Every operation is written as its grammar says")
    func grammar() {
        #expect(encoded { FrameEncoder.ping(into: &$0) } == "PING\r\n")
        #expect(encoded { FrameEncoder.pong(into: &$0) } == "PONG\r\n")
        #expect(
            encoded { FrameEncoder.subscribe(subject: "a.>", queueGroup: nil, sid: 7, into: &$0) } == "SUB a.> 7\r\n")
        #expect(
            encoded { FrameEncoder.subscribe(subject: "a", queueGroup: "q", sid: .max, into: &$0) }
                == "SUB a q 18446744073709551615\r\n")
        #expect(encoded { FrameEncoder.unsubscribe(sid: 7, maximum: nil, into: &$0) } == "UNSUB 7\r\n")
        #expect(encoded { FrameEncoder.unsubscribe(sid: 7, maximum: 10, into: &$0) } == "UNSUB 7 10\r\n")
        #expect(encoded { FrameEncoder.connect(json: bytes("{}").span, into: &$0) } == "CONNECT {}\r\n")
    }

    @Test("Publishes are written as their grammar says")
    func publishes() {
        let (subject, reply, none) = (bytes("a.b"), bytes("r"), [UInt8]())
        let (headers, payload) = (bytes("NATS/1.0\r\n\r\n"), bytes("hi"))
        #expect(
            encoded { FrameEncoder.publish(subject: subject.span, reply: none.span, payload: payload.span, into: &$0) }
                == "PUB a.b 2\r\nhi\r\n")
        #expect(
            encoded { FrameEncoder.publish(subject: subject.span, reply: reply.span, payload: none.span, into: &$0) }
                == "PUB a.b r 0\r\n\r\n")
        #expect(
            encoded {
                FrameEncoder.publish(
                    subject: subject.span, reply: none.span, headers: headers.span, payload: payload.span, into: &$0)
            } == "HPUB a.b 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")
        #expect(
            encoded {
                FrameEncoder.publish(
                    subject: subject.span, reply: reply.span, headers: headers.span, payload: none.span, into: &$0)
            } == "HPUB a.b r 12 12\r\nNATS/1.0\r\n\r\n\r\n")
        #expect(
            encoded {
                FrameEncoder.publish(
                    subject: subject.span, reply: reply.span, headers: none.span, payload: payload.span, into: &$0)
            } == "PUB a.b r 2\r\nhi\r\n")
        #expect(
            encoded {
                FrameEncoder.publishLine(
                    subject: subject.span, reply: reply.span, headers: headers.span, payloadCount: 100_000, into: &$0)
            } == "HPUB a.b r 12 100012\r\nNATS/1.0\r\n\r\n")
    }

    @Test("A prepared prefix writes the same bytes")
    func prefixes() {
        let prefix = PublishPrefix(subject: "orders.created")
        let parts = [
            String(repairing: prefix.publish), String(repairing: prefix.headerPublish),
            String(repairing: prefix.subject),
        ]
        #expect(parts == ["PUB orders.created ", "HPUB orders.created ", "orders.created"])
        for count in [0, 5, 9_999, 10_000] {
            let (payload, headers, reply) = (
                [UInt8](repeating: 1, count: count), bytes("NATS/1.0\r\nA: b\r\n\r\n"), bytes("r.1")
            )
            let subject = bytes("orders.created")
            #expect(
                encoded { FrameEncoder.publish(prefix: prefix, reply: reply.span, payload: payload.span, into: &$0) }
                    == encoded {
                        FrameEncoder.publish(subject: subject.span, reply: reply.span, payload: payload.span, into: &$0)
                    })
            for block in [headers, []] {
                #expect(
                    encoded {
                        FrameEncoder.publish(
                            prefix: prefix, reply: reply.span, headers: block.span, payload: payload.span, into: &$0)
                    }
                        == encoded {
                            FrameEncoder.publish(
                                subject: subject.span, reply: reply.span, headers: block.span, payload: payload.span,
                                into: &$0)
                        })
            }
        }
    }

    @Test("Everything that is published reads back, for names and sizes around every special case")
    func roundTrip() throws {
        var buffer = ByteBuffer(minimumCapacity: 0)
        var expected: [ClientFrame] = []
        var random = RandomSource(seed: 11)
        let noise = (0..<80_000).map { _ in UInt8(truncatingIfNeeded: random.next()) | 0x40 }
        for subjectCount in [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 200] {
            for replyCount in [0, 1, 16, 40] {
                for headerCount in [0, 12, 9_990] {
                    for payloadCount in [0, 1, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 70_000]
                    where payloadCount < 10_000 || subjectCount == 8 {
                        let subject = Array(noise[3..<3 + subjectCount])
                        let reply = Array(noise[17..<17 + replyCount])
                        let headers = Array(noise[29..<29 + headerCount])
                        let payload = Array(noise[41..<41 + payloadCount])
                        let before = buffer.count
                        if headerCount == 0 {
                            FrameEncoder.publish(
                                subject: subject.span, reply: reply.span, payload: payload.span, into: &buffer)
                        } else {
                            FrameEncoder.publish(
                                subject: subject.span, reply: reply.span, headers: headers.span, payload: payload.span,
                                into: &buffer)
                        }
                        let size = FrameEncoder.publishedSize(
                            subjectCount: subjectCount, replyCount: replyCount, headerCount: headerCount,
                            payloadCount: payloadCount)
                        let written = buffer.count - before
                        #expect(written == size)
                        expected.append(.publish(subject: subject, reply: reply, headers: headers, payload: payload))
                    }
                }
            }
        }
        let written = buffer.bytes
        #expect(try ClientFrame.parse(written) == expected)
    }
}
