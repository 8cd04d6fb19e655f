/// Where contexts are: ADR-21, `natscontext/backend_file.go` of nats-io/jsm.go.
package struct ContextLocation: Hashable, Sendable {
    /// `$XDG_CONFIG_HOME/nats`, else `$HOME/.config/nats`.
    package let directory: String

    package init(_ environment: ClientEnvironment) throws(ContextError) {
        if let root = environment["XDG_CONFIG_HOME"] {
            directory = root + "/nats"
        } else if let home = environment["HOME"] {
            directory = home + "/.config/nats"
        } else {
            throw ContextError(.noHome, "neither XDG_CONFIG_HOME nor HOME is set, so that contexts can't be found")
        }
    }

    /// The file that names the selected context.
    package var selectionPath: String { directory + "/context.txt" }

    package func path(ofContext name: String) throws(ContextError) -> String {
        guard Self.isValid(name: name) else {
            throw ContextError(
                .invalidName, "the name of a context is empty, or has '..', '/' or '\\' in it; a path ends with .json")
        }
        return "\(directory)/context/\(name).json"
    }

    static func isValid(name: String) -> Bool {
        // By bytes: a character may be a slash and what is combined with it.
        !name.isEmpty && !name.contains("..")
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }

    /// Whether a name is the path of a file instead: an absolute one, or one with a slash that ends with `.json`.
    static func isPath(_ name: String) -> Bool {
        name.hasPrefix("/") || name.hasPrefix("~/") || (name.contains("/") && name.hasSuffix(".json"))
    }
}
