import Foundation

/// The file in which a nats-server tells its ports once it is ready for connections.
struct NATSServerPorts {
    let client: UInt16
    let monitoring: UInt16?

    private struct File: Decodable {
        var nats: [String]?
        var monitoring: [String]?
    }

    /// Nil until the file is there and whole.
    static func read(from folder: String, processID: Int32) -> NATSServerPorts? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard
            let name = names.first(where: { $0.hasSuffix("_\(processID).ports") }),
            let data = FileManager.default.contents(atPath: folder + "/" + name),
            let file = try? JSONDecoder().decode(File.self, from: data),
            let client = port(of: file.nats?.first)
        else { return nil }
        return NATSServerPorts(client: client, monitoring: port(of: file.monitoring?.first))
    }

    private static func port(of url: String?) -> UInt16? {
        url?.split(separator: ":").last.flatMap { UInt16($0) }
    }
}
