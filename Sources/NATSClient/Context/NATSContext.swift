/// A context of the NATS CLI: a file in which `nats context add` keeps the settings of a connection. Source: ADR-21.
///
///     let nats = try await NATS.connect(context: "production")
public enum NATSContext: Hashable, Sendable {
    /// The context of this name in `$XDG_CONFIG_HOME/nats/context`, else `~/.config/nats/context`; or the file at this path,
    /// which is absolute, begins with `~/`, or has a slash and ends with `.json`.
    case named(String)
    /// The one that `nats context select` has chosen for this user.
    case selected
}

extension NATSContext: ExpressibleByStringLiteral {
    /// `.named(…)`
    public init(stringLiteral name: String) { self = .named(name) }
}
