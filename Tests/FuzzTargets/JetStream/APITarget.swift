import NATSProtocol
import NATSStores

/// Answers and events of the API: only JSON is read, and what was read comes back from what is written of it. The first byte
/// chooses the model.
enum APITarget: FuzzTarget {
    static let name = "api"
    static let byteCountMax = 4096

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard input.count > 0 else { return }
        let models = AnswerModel.allCases
        let model = models[Int(input[0]) % models.count]
        let json = input.extracting(droppingFirst: 1)
        guard let result = attempt({ () throws(JSONError) in try model.readTwice(json) }) else { return }
        try expect(PlainJSON([UInt8](copying: json), checksTexts: false) != nil, "\(model) was read from what isn't JSON")
        try expect(PlainJSON(result.written, checksTexts: false) != nil, "\(model) is written as what isn't JSON")
        try expect(
            result.isSame,
            "\(model) is another one when it was written and read: \(String(decoding: result.written, as: UTF8.self))")
    }
}
