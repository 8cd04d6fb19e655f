import Foundation

/// The ports of one nats-server, kept for it as long as this value lives: while it runs, and while it doesn't.
///
/// They are told to the server in its configuration. It uses those of the listeners that it has.
package struct NATSServerPorts: Sendable {
    package var client: UInt16 { clientReservation.port }
    package var monitoring: UInt16 { monitoringReservation.port }
    package var cluster: UInt16 { clusterReservation.port }
    package var webSocket: UInt16 { webSocketReservation.port }

    private let clientReservation: PortReservation
    private let monitoringReservation: PortReservation
    private let clusterReservation: PortReservation
    private let webSocketReservation: PortReservation

    /// Four that nobody uses.
    init() throws(SocketError) {
        clientReservation = try PortReservation()
        monitoringReservation = try PortReservation()
        clusterReservation = try PortReservation()
        webSocketReservation = try PortReservation()
    }

    /// Whether the server says that it is ready for connections: it has written its file of ports, whole.
    static func areServed(by processID: Int32, in folder: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard
            let name = names.first(where: { $0.hasSuffix("_\(processID).ports") }),
            let data = try? FileHandle(forReadingAtPath: folder + "/" + name)?.readToEnd()
        else { return false }
        return (try? JSONSerialization.jsonObject(with: data)) != nil
    }
}
