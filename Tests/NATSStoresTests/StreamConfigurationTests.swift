import NATSClient
import Testing

@testable import NATSStores

@Suite("A stream's configuration in JSON") struct StreamConfigurationTests {
    @Test("fields that nobody knows survive reading, changing and writing")
    func unknownFields() throws {
        let text = #"{"name":"A","subjects":["a"],"later":{"x":[1,2.50,"\u003e"]},"num_replicas":1,"more":null}"#
        var configuration = try StreamConfiguration(json: text.utf8Span.span)
        configuration.description = "changed"
        let written = String(decoding: configuration.json, as: UTF8.self)
        #expect(written.contains(#""later":{"x":[1,2.50,"\u003e"]}"#) && written.contains(#""more":null"#))
        #expect(try StreamConfiguration(json: written.utf8Span.span) == configuration)
    }
}
