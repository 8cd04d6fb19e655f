import NATSProtocol
import Reactor
import Testing

@testable import NATSClient

@Suite struct WebSocketOptionsTests {
    @Test func compressionThatThisBuildDoesNotHaveIsRefusedBeforeConnecting() throws {
        var options = ConnectOptions.WebSocket()
        try options.checkCompression(isAvailable: false)
        options.compression = true
        try options.checkCompression(isAvailable: true)
        let error = #expect(throws: NATSError.self) { try options.checkCompression(isAvailable: false) }
        #expect(error?.code == .invalidOption)
        #expect(error?.description.contains("WebSocketCompression") == true)
    }

    /// The trait, and nothing else, decides.
    @Test func theTraitDecidesWhetherThereIsCompression() {
        #if WebSocketCompression
        #expect(Compression.isAvailable)
        #else
        #expect(!Compression.isAvailable)
        #endif
    }

    @Test func noDescriptionShowsAValue() {
        var options = ConnectOptions.WebSocket()
        options.headers = [("Cookie", "s3cr3t")]
        for text in ["\(options)", String(reflecting: options), String(describing: ConnectOptions())] {
            #expect(!text.contains("s3cr3t"))
        }
        #expect("\(options)".contains("Cookie"))
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!dumped.contains("s3cr3t"))
    }
}
