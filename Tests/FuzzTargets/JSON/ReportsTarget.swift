import NATSClient
import NATSProtocol

/// The other answers of a server that are JSON: who the user is, and what a trace found. The first byte chooses.
enum ReportsTarget: FuzzTarget {
    static let name = "reports"
    static let byteCountMax = 2048

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard input.count > 0 else { return }
        let json = input.extracting(droppingFirst: 1)
        let isJSON = PlainJSON([UInt8](copying: json), checksTexts: false) != nil
        if input[0] & 1 == 0 {
            guard let info = attempt({ () throws(NATSError) in try UserInfo(parsing: json) }) else { return }
            try expect(isJSON, "a user read from what isn't JSON")
            _ = "\(info)"
        } else {
            guard let report = attempt({ () throws(JSONError) in try TraceReport(parsing: json) }) else { return }
            try expect(isJSON, "a trace read from what isn't JSON")
            try expect(report.hopCount >= 0, "less than no hops")
            _ = "\(report)"
        }
    }
}
