/// A JSON value that is being made: `Encodable` asks for containers in any order, so each has a place of its own.
final class JSONNode {
    private enum Content {
        case value(JSONTree)
        case array([JSONNode])
        case object([(key: String, node: JSONNode)])
    }

    private var content = Content.value(.null)

    var tree: JSONTree {
        switch content {
        case .value(let value): value
        case .array(let nodes): .array(nodes.map(\.tree))
        case .object(let members): .object(members.map { ($0.key, $0.node.tree) })
        }
    }

    var count: Int {
        if case .array(let nodes) = content { nodes.count } else { 0 }
    }

    func encode<Value: Encodable>(_ value: Value, _ path: [any CodingKey]) throws {
        if let primitive = value as? any JSONPrimitive { return content = .value(primitive.tree) }
        try value.encode(to: JSONTreeEncoder(node: self, codingPath: path))
    }

    func becomeObject() {
        if case .object = content { return }
        content = .object([])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    /// The place of a member; the last one of a name counts.
    func member(_ key: String) -> JSONNode {
        let node = JSONNode()
        guard case .object(var members) = content else { return node }
        content = .value(.null)
        members.removeAll { $0.key == key }
        members.append((key, node))
        content = .object(members)
        return node
    }

    func element() -> JSONNode {
        let node = JSONNode()
        guard case .array(var nodes) = content else { return node }
        content = .value(.null)
        nodes.append(node)
        content = .array(nodes)
        return node
    }
}

struct JSONTreeEncoder: Encoder {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(Keyed<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeArray()
        return Unkeyed(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: node, codingPath: codingPath) }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: JSONNode
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { _ = node.member(key.stringValue) }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            try node.member(key.stringValue).encode(value, codingPath + [key])
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
            encoder(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
        func superEncoder() -> any Encoder { JSONTreeEncoder(node: node.member("super"), codingPath: codingPath) }
        func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

        private func encoder(_ key: Key) -> JSONTreeEncoder {
            JSONTreeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
        }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let node: JSONNode
        let codingPath: [any CodingKey]
        var count: Int { node.count }

        func encodeNil() { _ = node.element() }
        func encode<Value: Encodable>(_ value: Value) throws { try node.element().encode(value, codingPath) }
        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            superEncoder().container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
        func superEncoder() -> any Encoder { JSONTreeEncoder(node: node.element(), codingPath: codingPath) }
    }

    struct Single: SingleValueEncodingContainer {
        let node: JSONNode
        let codingPath: [any CodingKey]

        func encodeNil() {}
        func encode<Value: Encodable>(_ value: Value) throws { try node.encode(value, codingPath) }
    }
}
