internal import NATSProtocol

/// One member of a JSON object: its name, the property that it stands for, and what a server must know to understand it.
///
/// A model lists its fields once; reading, writing and the API level follow from the list.
struct JSONField<Root: Sendable>: Sendable {
    let name: StaticString
    let read: @Sendable (inout Root, inout JSONReader) throws(JSONError) -> Void
    /// Writes the member, or nothing when the property has its default: older servers refuse what they don't know.
    let write: @Sendable (Root, inout JSONWriter) -> Void
    /// The API level that this value of the field needs; 0: any.
    let level: @Sendable (Root) -> Int
}

extension JSONField {
    /// A member that is left out at `standard`, which is what a missing one means. `null` is a missing one.
    static func field<Value: JSONValue & Equatable>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value> & Sendable, unless standard: Value, level: Int = 0
    ) -> JSONField {
        JSONField(
            name: name,
            read: { root, reader throws(JSONError) in
                root[keyPath: path] = try reader.readNull() ? standard : Value(from: &reader)
            },
            write: { root, writer in
                guard root[keyPath: path] != standard else { return }
                writer.key(name)
                root[keyPath: path].write(to: &writer)
            },
            level: { root in root[keyPath: path] == standard ? 0 : level })
    }

    /// A member that is always written.
    static func always<Value: JSONValue>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value> & Sendable
    ) -> JSONField {
        JSONField(
            name: name,
            read: { root, reader throws(JSONError) in
                if try !reader.readNull() { root[keyPath: path] = try Value(from: &reader) }
            },
            write: { root, writer in
                writer.key(name)
                root[keyPath: path].write(to: &writer)
            },
            level: { _ in 0 })
    }

    /// A member that may be missing.
    static func optional<Value: JSONValue>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value?> & Sendable, level: Int = 0
    ) -> JSONField {
        optional(name, path, level: level) { $0 }
    }

    /// The same member of an object that is spread over the members of another.
    func within<Outer: Sendable>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> JSONField<Outer> {
        JSONField<Outer>(
            name: name,
            read: { outer, reader throws(JSONError) in try read(&outer[keyPath: path], &reader) },
            write: { outer, writer in write(outer[keyPath: path], &writer) },
            level: { outer in level(outer[keyPath: path]) })
    }

    /// A number of which the server's word for "none" is less than zero.
    static func bound(_ name: StaticString, _ path: any WritableKeyPath<Root, Int?> & Sendable) -> JSONField {
        optional(name, path) { $0 >= 0 ? $0 : nil }
    }

    /// A number of which the server's word for "none" is zero or less.
    static func limit(_ name: StaticString, _ path: any WritableKeyPath<Root, Int?> & Sendable) -> JSONField {
        optional(name, path) { $0 > 0 ? $0 : nil }
    }

    /// A duration of which the server's word for "none" is zero.
    static func duration(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Duration?> & Sendable, level: Int = 0
    ) -> JSONField {
        optional(name, path, level: level) { $0 == .zero ? nil : $0 }
    }

    /// An instant of which the server's word for "none" is the first moment of the year 1.
    static func time(
        _ name: StaticString, _ path: any WritableKeyPath<Root, ServerTime?> & Sendable, level: Int = 0
    ) -> JSONField {
        JSONField(
            name: name,
            read: { root, reader throws(JSONError) in root[keyPath: path] = ServerTime(try reader.readStringOrNull() ?? "") },
            write: { root, writer in
                guard let time = root[keyPath: path] else { return }
                writer.key(name)
                time.write(to: &writer)
            },
            level: { root in root[keyPath: path] == nil ? 0 : level })
    }

    private static func optional<Value: JSONValue>(
        _ name: StaticString, _ path: any WritableKeyPath<Root, Value?> & Sendable, level: Int = 0,
        meaning: @escaping @Sendable (Value) -> Value?
    ) -> JSONField {
        JSONField(
            name: name,
            read: { root, reader throws(JSONError) in
                root[keyPath: path] = try reader.readNull() ? nil : meaning(Value(from: &reader))
            },
            write: { root, writer in
                guard let value = root[keyPath: path] else { return }
                writer.key(name)
                value.write(to: &writer)
            },
            level: { root in root[keyPath: path] == nil ? 0 : level })
    }
}
