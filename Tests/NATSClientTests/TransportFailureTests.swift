import NATSProtocol
import Reactor
import Testing

@testable import NATSClient

@Suite struct TransportFailureTests {
    /// Both enums have a case of this name; choosing the wrong one recursed until the stack was full.
    @Test func theEndOfAStreamIsATransportFailureOfItsOwnKind() {
        #expect(TransportFailure(StreamEnd.endOfStream).kind == .endOfStream)
    }
}
