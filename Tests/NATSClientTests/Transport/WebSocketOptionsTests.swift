import NATSProtocol
import Reactor
import Testing

@testable import NATSClient

@Suite struct WebSocketOptionsTests {
    @Test func compressionThatThisBuildDoesNotHaveIsRefusedBeforeConnecting() throws {
        var options = ConnectOptions.WebSocket()
        try options.check(canCompress: false)
        options.compression = true
        try options.check(canCompress: true)
        let error = #expect(throws: NATSError.self) { try options.check(canCompress: false) }
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

    @Test func theOfferSaysWhatTheOptionsSay() throws {
        var options = ConnectOptions.WebSocket()
        #expect(options.offer(provided: Headers()) == WebSocketUpgrade.Offer())
        options.compression = true
        options.masking = .omittedIfAllowed
        options.headers = ["Cookie": "jwt=a"]
        let offer = options.offer(provided: ["X-Token": "b"])
        #expect(offer.compression && offer.noMasking)
        #expect(offer.headers == [HTTPField("Cookie", "jwt=a"), HTTPField("X-Token", "b")])
    }

    @Test func noDescriptionShowsAValue() {
        var options = ConnectOptions.WebSocket()
        options.headers = ["Cookie": "s3cr3t"]
        for text in ["\(options)", String(reflecting: options), String(describing: ConnectOptions())] {
            #expect(!text.contains("s3cr3t"))
        }
        #expect("\(options)".contains("Cookie"))
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!dumped.contains("s3cr3t"))
    }
}
