import Synchronization

/// Which client a consumer's priority groups take us for: the server gives everything to the client whose requests name the pin that
/// its last message had. So a pin isn't one pull's: each pull of a handle sends what any of them was told last.
///
/// Source: ADR-42.
final class ConsumerPins: Sendable {
    private let pins = Mutex<[String: String]>([:])

    func pin(of group: String) -> String? { pins.withLock { $0[group] } }

    func note(_ id: String, of group: String) { pins.withLock { $0[group] = id } }

    /// The server takes that pin for somebody else's, or for none. A later one stays.
    func forget(_ id: String, of group: String) { pins.withLock { if $0[group] == id { $0[group] = nil } } }
}
