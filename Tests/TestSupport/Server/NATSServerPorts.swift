import Foundation

/// The ports that a nats-server listens on. It tells them in a file once it is ready for connections.
package struct NATSServerPorts: Sendable {
    package let client: UInt16
    package let monitoring: UInt16?
    package let cluster: UInt16?
    package let webSocket: UInt16?

    private struct File: Decodable {
        var nats: [String]?
        var monitoring: [String]?
        var cluster: [String]?
        var websocket: [String]?
    }

    /// Nil until the file is there and whole.
    static func read(from folder: String, processID: Int32) -> NATSServerPorts? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard
            let name = names.first(where: { $0.hasSuffix("_\(processID).ports") }),
            let data = try? FileHandle(forReadingAtPath: folder + "/" + name)?.readToEnd(),
            let file = try? JSONDecoder().decode(File.self, from: data),
            let client = port(of: file.nats?.first)
        else { return nil }
        return NATSServerPorts(
            client: client, monitoring: port(of: file.monitoring?.first), cluster: port(of: file.cluster?.first),
            webSocket: port(of: file.websocket?.first))
    }

    private static func port(of url: String?) -> UInt16? {
        url?.split(separator: ":").last.flatMap { UInt16($0) }
    }
}
